//! `keywright backup` and `keywright restore`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::harness::{Answer, Client, Installation, errors, printed};

async fn make_key(root: &Client, name: &str) -> Answer {
    root.post("/v1/api-keys", json!({ "name": name, "permissions": ["asset.read"] })).await
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", errors(output));
    printed(output)
}

/// Copies what a restore does not bring back.
fn copy_pepper(from: &Installation, to: &Installation) {
    fs::create_dir_all(to.data_dir()).unwrap();
    fs::copy(from.data_file("pepper"), to.data_file("pepper")).unwrap();
}

#[tokio::test]
async fn a_backup_is_made_while_the_server_writes() {
    let installation = Installation::new();
    let server = installation.start().await;
    let root = server.client(&installation.root_key());
    let mut before = Vec::new();
    for _ in 0..20 {
        before.push(make_key(&root, "before").await.text("key"));
    }

    let enough = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (root, enough) = (root.clone(), Arc::clone(&enough));
        async move {
            let mut written = 0;
            while !enough.load(Ordering::Relaxed) {
                make_key(&root, "during").await.data();
                written += 1;
            }
            written
        }
    });
    let file = installation.path("backup.db");
    let mut command = installation.command("backup backup.db");
    command.arg("--data-dir").arg(installation.data_dir());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    enough.store(true, Ordering::Relaxed);
    assert!(writer.await.unwrap() > 0);

    let printed = succeeded(&output);
    let pepper = installation.data_file("pepper").display().to_string();
    assert!(printed.contains("pepper is not in it") && printed.contains(&pepper), "{printed}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let bytes = fs::read(&file).unwrap();
    for secret in [installation.root_key(), before[0].clone(), installation.read("pepper")] {
        assert!(!contains(&bytes, secret.as_bytes()), "a secret is in the backup");
    }
    let again = installation.run("backup backup.db");
    assert_eq!(again.status.code(), Some(1));
    assert!(errors(&again).contains("backup.db"), "{}", errors(&again));

    // Elsewhere, as after the loss of a machine: the backup and the copy of the pepper are enough.
    let elsewhere = Installation::new();
    let restore = format!("restore {} --keys keep", file.display());
    let refused = elsewhere.run(&restore);
    assert_eq!(refused.status.code(), Some(1));
    assert!(errors(&refused).contains("pepper"), "{}", errors(&refused));
    copy_pepper(&installation, &elsewhere);
    succeeded(&elsewhere.run(&restore));
    let restored = elsewhere.start().await;
    let root = restored.client(&installation.root_key());
    for key in before {
        assert_eq!(root.verdict(&key).await, "VALID");
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn a_restore_brings_keys_back_or_disables_them_as_chosen() {
    let installation = Installation::new();
    let server = installation.start().await;
    let root = server.client(&installation.root_key());
    let revoked_since = make_key(&root, "revoked since").await;
    succeeded(&installation.run("backup backup.db"));
    let path = format!("/v1/api-keys/{}", revoked_since.text("id"));
    assert_eq!(root.delete(&path).await.status, 200);
    let made_since = make_key(&root, "made since").await.text("key");
    server.stop().await;

    let unchosen = installation.run("restore backup.db");
    assert_eq!(unchosen.status.code(), Some(2));
    assert!(errors(&unchosen).contains("revoked"), "{}", errors(&unchosen));

    let printed = succeeded(&installation.run("restore backup.db --keys keep"));
    let aside = databases_aside(&installation);
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert!(printed.contains(&aside[0]), "{printed}");
    let server = installation.start().await;
    let root = server.client(&installation.root_key());
    assert_eq!(root.verdict(&revoked_since.text("key")).await, "VALID");
    assert_eq!(root.verdict(&made_since).await, "NOT_FOUND");
    server.stop().await;

    succeeded(&installation.run("restore backup.db --keys disable"));
    let old_root_key = installation.root_key();
    succeeded(&installation.run("root-key reset"));
    let server = installation.start().await;
    let root = server.client(&installation.root_key());
    assert_eq!(server.client("").verdict_of_self(&old_root_key).await, 401);
    assert_eq!(root.verdict(&revoked_since.text("key")).await, "DISABLED");
    assert_eq!(root.patch(&path, json!({ "enabled": true })).await.status, 200);
    assert_eq!(root.verdict(&revoked_since.text("key")).await, "VALID");
}

/// The earlier databases that restores have kept.
fn databases_aside(installation: &Installation) -> Vec<String> {
    let names = fs::read_dir(installation.data_dir()).unwrap().map(|entry| entry.unwrap().path());
    let aside = names.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("keywright.db.") && !name.ends_with("-wal") && !name.ends_with("-shm")
    });
    aside.map(|path| path.display().to_string()).collect()
}

#[tokio::test]
async fn what_cannot_be_restored_leaves_everything_as_it_is() {
    let installation = Installation::new();
    let server = installation.start().await;
    let key = make_key(&server.client(&installation.root_key()), "kept").await.text("key");
    server.stop().await;

    let other = Installation::new();
    other.start().await.stop().await;
    succeeded(&other.run("backup backup.db"));
    let mut cut = fs::read(other.path("backup.db")).unwrap();
    cut.truncate(cut.len() / 2);
    fs::write(other.path("cut.db"), cut).unwrap();
    fs::write(other.path("garbage.db"), "no database").unwrap();
    fs::write(other.path("empty.db"), "").unwrap();

    // (file, what the message says)
    let refusals = [
        ("backup.db", "pepper"),
        ("cut.db", "cut.db"),
        ("garbage.db", "garbage.db"),
        ("empty.db", "empty.db"),
        ("missing.db", "missing.db"),
    ];
    for (file, says) in refusals {
        let file = other.path(file);
        let output = installation.run(&format!("restore {} --keys keep", file.display()));
        assert_eq!(output.status.code(), Some(1), "{file:?}");
        assert!(errors(&output).contains(says), "{file:?}: {}", errors(&output));
    }
    assert!(databases_aside(&installation).is_empty());
    let server = installation.start().await;
    assert_eq!(server.client(&installation.root_key()).verdict(&key).await, "VALID");
}
