//! What the server refuses to start with, each time with a message that says what to do.

use std::fs;
use std::process::Output;

use crate::harness::{Installation, errors};

fn refused(output: &Output, parts: &[&str]) {
    let errors = errors(output);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    let message = errors.lines().find(|line| line.starts_with("error: ")).expect("an error is told");
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

#[tokio::test]
async fn one_process_at_a_time_works_on_a_data_directory() {
    let installation = Installation::new();
    let server = installation.start().await;
    let folder = installation.data_dir().display().to_string();
    let in_use = ["in use by another keywright", folder.as_str(), "--data-dir"];
    refused(&installation.run("serve --listen 127.0.0.1:0"), &in_use);
    refused(&installation.run("root-key reset"), &in_use);
    fs::write(installation.path("backup"), "").unwrap();
    refused(&installation.run("restore backup --keys keep"), &in_use);
    assert_eq!(server.client("").get("/healthz").await.status, 200);

    // A lock ends with its holder, however that ended.
    server.kill();
    installation.start().await;
}

#[tokio::test]
async fn a_missing_or_different_pepper_stops_the_start() {
    let installation = Installation::new();
    installation.start().await.stop().await;
    let pepper = installation.data_file("pepper");
    let path = pepper.display().to_string();
    let right = fs::read_to_string(&pepper).unwrap();

    fs::write(&pepper, format!("{}\n", "0".repeat(64))).unwrap();
    refused(&installation.run("serve --listen 127.0.0.1:0"), &[&path, "not the one", "--pepper-file"]);
    fs::write(&pepper, "garbage").unwrap();
    refused(&installation.run("serve --listen 127.0.0.1:0"), &[&path, "64 hexadecimal"]);
    fs::remove_file(&pepper).unwrap();
    refused(&installation.run("serve --listen 127.0.0.1:0"), &[&path, "is missing", "--pepper-file"]);
    assert!(!pepper.exists(), "a pepper was made beside an existing database");

    let elsewhere = installation.path("pepper-elsewhere");
    fs::write(&elsewhere, right).unwrap();
    let mut command = installation.serve();
    command.env("KEYWRIGHT_PEPPER_FILE", &elsewhere);
    let server = crate::harness::Server::start(&installation, command).await;
    let root_key = installation.root_key();
    assert_eq!(server.client("").verdict_of_self(&root_key).await, 200);
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let installation = Installation::new();
    let server = installation.start().await;
    let other = Installation::new();
    let address = server.address().to_string();
    let output = other.run(&format!("serve --listen {address}"));
    refused(&output, &[&address, "--listen"]);
    assert!(!other.data_file("root-key").exists());
}

#[tokio::test]
async fn a_command_that_needs_a_database_says_where_there_is_none() {
    let installation = Installation::new();
    let folder = installation.data_dir().display().to_string();
    for words in ["root-key reset", "backup file"] {
        refused(&installation.run(words), &["no database", &folder, "--data-dir"]);
    }
    assert!(!installation.data_dir().exists());
}
