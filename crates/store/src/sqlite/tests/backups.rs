//! Backups, made while the store is in use.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Place, add_first_organization};
use crate::sqlite::{BackupError, BackupFacts, back_up, check_backup};
use crate::{Revision, StoreError};

#[tokio::test]
async fn a_backup_tells_what_it_holds() {
    let place = Place::new();
    let world = place.world();
    world.store.pepper_check(Some([3; 32])).await.unwrap();
    let (organization, owner) = add_first_organization(&world).await;
    for _ in 0..4 {
        world.add_key(organization, owner).await;
    }
    let to = place.path("backup.db");
    back_up(&place.database(), &to).unwrap();
    let facts = BackupFacts {
        schema_version: crate::sqlite::migrations::known(),
        revision: Revision(6),
        pepper_check: Some([3; 32]),
        keys: 4,
        organizations: 1,
    };
    assert_eq!(check_backup(&to).unwrap(), facts);
    assert_eq!(to.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let beside: Vec<_> = place.files().into_iter().filter(|name| name.starts_with("backup")).collect();
    assert_eq!(beside, ["backup.db"], "one file, before and after it is checked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_made_while_keys_are_made_is_whole() {
    let place = Place::new();
    let world = Arc::new(place.world());
    let (organization, owner) = add_first_organization(&world).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writing = {
        let (world, stop) = (Arc::clone(&world), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut made = 0;
            while !stop.load(Ordering::Relaxed) {
                // Two keys in one batch: a backup has both or neither.
                let commands = (0..2)
                    .map(|_| crate::Command::CreateKey {
                        key: world.key(organization, owner),
                        secret: world.secret(),
                    })
                    .collect();
                assert!(world.batch(commands).await.revision.is_some());
                made += 2;
            }
            made
        })
    };
    let mut last = 0;
    for round in 0..5 {
        world.add_key(organization, owner).await;
        let to = place.path(&format!("backup-{round}.db"));
        let database = place.database();
        let facts = tokio::task::spawn_blocking(move || {
            back_up(&database, &to).unwrap();
            check_backup(&to).unwrap()
        });
        let facts = facts.await.unwrap();
        assert_eq!((facts.keys - round - 1) % 2, 0, "half a batch");
        assert!(facts.keys > last, "what was committed before is in it");
        last = facts.keys;
    }
    stop.store(true, Ordering::Relaxed);
    assert!(writing.await.unwrap() + 5 >= last);
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let place = Place::new();
    drop(place.open());
    let to = place.path("precious");
    std::fs::write(&to, "precious").unwrap();
    let error = back_up(&place.database(), &to).unwrap_err();
    assert!(matches!(error, BackupError::Exists(_)), "{error}");
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "precious");
}

#[test]
fn a_backup_of_nothing_leaves_no_file() {
    let place = Place::new();
    assert!(back_up(&place.database(), &place.path("backup.db")).is_err());
    assert_eq!(place.files(), [] as [&str; 0]);
}

#[tokio::test]
async fn a_backup_that_is_none_is_refused() {
    let place = Place::new();
    let world = place.world();
    let (organization, owner) = add_first_organization(&world).await;
    for _ in 0..50 {
        world.add_key(organization, owner).await;
    }
    let to = place.path("backup.db");
    back_up(&place.database(), &to).unwrap();

    let empty = place.path("empty.db");
    std::fs::write(&empty, "").unwrap();
    let cut = place.path("cut.db");
    let whole = std::fs::read(&to).unwrap();
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let flipped = place.path("flipped.db");
    let mut bytes = whole.clone();
    bytes[whole.len() / 2..whole.len() / 2 + 4096].fill(0x5A);
    std::fs::write(&flipped, bytes).unwrap();
    for bad in [empty, cut, flipped] {
        let checked = check_backup(&bad);
        assert!(matches!(checked, Err(StoreError::Corrupt { .. })), "{}: {checked:?}", bad.display());
    }
    let missing = check_backup(&place.path("missing.db"));
    assert!(matches!(missing, Err(StoreError::Unavailable { .. })), "{missing:?}");
    rusqlite::Connection::open(&to).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let newer = check_backup(&to);
    assert!(matches!(newer, Err(StoreError::TooNew { found: 99, .. })), "{newer:?}");
}
