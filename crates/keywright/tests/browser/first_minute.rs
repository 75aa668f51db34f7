//! From the printed link to an answer: what the first page promises.

use serde_json::Value;

use crate::stage::Stage;

#[tokio::test]
async fn the_copied_command_is_answered_valid() {
    let stage = Stage::new().await;
    let browser = stage.owner().await;
    browser.press("Create API key").await;
    browser.expect_heading("First key").await;
    // Two things can be copied: the key, and then the command.
    browser.press_at("Copy", 1).await;
    browser.expect_text("Copied").await;
    let command = browser.clipboard().await;
    let mut shell = tokio::process::Command::new("bash");
    // A proxy of the environment must not come between the two.
    let answered = shell.args(["-c", &command]).env("NO_PROXY", "127.0.0.1").output().await.unwrap();
    let answer: Value =
        serde_json::from_slice(&answered.stdout).unwrap_or_else(|error| panic!("{error}: {command}"));
    assert_eq!(answer["data"]["code"], "VALID", "{answer}");

    browser.press("Go to overview").await;
    browser.expect_text("active keys").await;
    assert!(!browser.text().await.contains("Create your first API key"));
    browser.close().await;
}
