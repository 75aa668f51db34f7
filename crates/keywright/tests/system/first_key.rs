//! The console's first key, with the command that it gives to paste.

use crate::harness::{Client, Installation, errors, printed, require_program};

/// What is between two texts.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("no {from} in {text}")).1;
    rest.split_once(to).unwrap().0
}

#[tokio::test]
async fn the_command_beside_the_first_key_works_as_pasted() {
    require_program("curl");
    let installation = Installation::new();
    let server = installation.start().await;
    let browser = Client::browser(server.address());
    let link = installation.read("setup-link");
    let token = link.rsplit_once("token=").unwrap().1;
    let person = [
        ("token", token),
        ("name", "Ada"),
        ("email", "ada@example.com"),
        ("password", "seven wet otters on a slide"),
    ];
    let guide = browser.submit("/console/setup", &person).await;
    let once = between(&guide, "name=\"once\" value=\"", "\"").to_owned();
    let key = [("organization", "1"), ("once", &once), ("name", "First"), ("permission", "asset.read")];
    let made = browser.submit("/console", &key).await;
    let command = between(&made, "<pre id=\"ask\" tabindex=\"0\">", "</pre>");
    let command = command.replace("&#34;", "\"").replace("&#39;", "'");
    let output = std::process::Command::new("sh").arg("-c").arg(&command).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert!(printed(&output).contains("\"valid\":true,\"code\":\"VALID\""), "{}", printed(&output));
    let other = command.replace("\"permissions\": \"asset.read\"", "\"permissions\": \"apiKey.delete\"");
    let output = std::process::Command::new("sh").arg("-c").arg(&other).output().unwrap();
    assert!(printed(&output).contains("\"code\":\"INSUFFICIENT_PERMISSIONS\""), "{}", printed(&output));
    server.stop().await;
}
