//! `keywright root-key reset`.

use serde_json::json;

use crate::harness::{Installation, Terminal, errors, printed};

#[tokio::test]
async fn a_reset_makes_a_new_root_key_and_revokes_the_earlier_one_alone() {
    let installation = Installation::new();
    let server = installation.start().await;
    let old = installation.root_key();
    let other = server
        .client(&old)
        .post("/v1/api-keys", json!({ "name": "other", "permissions": ["asset.read"] }))
        .await
        .text("key");
    server.stop().await;

    let output = installation.run("root-key reset");
    assert!(output.status.success(), "{}", errors(&output));
    let new = installation.root_key();
    assert_ne!(old, new);
    assert_eq!(installation.mode("root-key"), 0o600);
    assert!(printed(&output).contains(&installation.data_file("root-key").display().to_string()));
    assert!(!printed(&output).contains(&new) && !errors(&output).contains(&new));

    let server = installation.start().await;
    let client = server.client(&new);
    assert_eq!(client.verdict(&old).await, "REVOKED");
    assert_eq!(client.verdict(&new).await, "VALID");
    assert_eq!(client.verdict(&other).await, "VALID");
    assert_eq!(server.client("").verdict_of_self(&old).await, 401);
}

#[tokio::test]
async fn on_a_terminal_a_reset_shows_the_new_key_and_writes_it_nowhere() {
    let installation = Installation::new();
    installation.start().await.stop().await;
    let old = installation.root_key();

    let terminal = Terminal::new();
    let mut command = installation.command("root-key reset");
    command.arg("--data-dir").arg(installation.data_dir()).stdout(terminal.stdout());
    assert!(command.status().unwrap().success());
    let shown = terminal.wait_for("revoked");
    let new = shown.split_once("ROOT_KEY=").unwrap().1.lines().next().unwrap().trim();
    assert_eq!(installation.root_key(), old, "the file was written");

    let server = installation.start().await;
    assert_eq!(server.client("").verdict_of_self(new).await, 200);
    assert_eq!(server.client("").verdict_of_self(&old).await, 401);
}
