//! A key's life, from the set-up of the server to the key's end.

use crate::stage::{Browser, Stage};

/// Makes a key that may read assets, and leaves the browser on the page that shows it.
pub(crate) async fn make_key(browser: &Browser, name: &str) {
    browser.open("/console/keys/new").await;
    browser.fill("Name", name).await;
    browser.choose("Read only").await;
    browser.fill("Other permissions", "asset.read").await;
    browser.press("Create API key").await;
    browser.expect_heading("API key created").await;
}

/// Copies what the page offers to copy, as a person does, and looks at what was copied.
pub(crate) async fn copied(browser: &Browser) -> String {
    browser.press("Copy").await;
    browser.expect_text("Copied").await;
    browser.clipboard().await
}

#[tokio::test]
async fn a_key_is_made_copied_used_rotated_and_revoked() {
    let stage = Stage::new().await;
    let mut browser = stage.browser().await;
    browser.expect_refusal(400);
    stage.set_up(&browser).await;
    let program = stage.program();

    browser.open("/console/keys").await;
    browser.press("Create API key").await;
    browser.expect_heading("Create API key").await;
    make_key(&browser, "billing export").await;
    let key = copied(&browser).await;
    assert_eq!(program.verdict(&key).await, "VALID", "the copied key, right after it was made");
    assert!(!browser.path().await.contains(&key), "a secret is never in an address");

    browser.press("billing export").await;
    browser.expect_heading("billing export Active").await;
    assert!(!browser.source().await.contains(&key), "a secret is shown once");
    let page = browser.path().await;

    browser.press("Rotate").await;
    browser.expect_heading("Rotate billing export").await;
    browser.press("Rotate key").await;
    browser.expect_heading("API key rotated").await;
    let rotated = copied(&browser).await;
    assert_ne!(rotated, key);
    for secret in [&key, &rotated] {
        assert_eq!(program.verdict(secret).await, "VALID", "both work in the overlap of a day");
    }
    browser.open(&page).await;
    browser.press("Rotate").await;
    browser.select("Old secret expires", "Immediately").await;
    browser.press("Rotate key").await;
    browser.expect_text("The old secret no longer works.").await;
    let last = copied(&browser).await;
    assert_eq!(program.verdict(&last).await, "VALID");
    assert_ne!(program.verdict(&rotated).await, "VALID", "an old secret after it was cut off");

    browser.open(&page).await;
    browser.press("Disable").await;
    browser.expect_text("Key disabled.").await;
    assert_eq!(program.verdict(&last).await, "DISABLED");
    browser.press("Enable").await;
    browser.expect_text("Key enabled.").await;
    assert_eq!(program.verdict(&last).await, "VALID");

    // It was used just now: whoever revokes it must mean it.
    stage.wait_for_use("billing").await;
    browser.press("Revoke key").await;
    browser.fill("Type billing export to confirm", "billing import").await;
    browser.press("Revoke key").await;
    browser.expect_text("The name doesn't match").await;
    assert_eq!(program.verdict(&last).await, "VALID");
    browser.fill("Type billing export to confirm", "billing export").await;
    browser.press("Revoke key").await;
    browser.expect_text("It is no longer accepted.").await;
    assert_eq!(program.verdict(&last).await, "REVOKED", "the very next verification after the page came");
    browser.expect_heading("billing export Revoked").await;
    assert!(!browser.offers("Rotate").await && !browser.offers("Revoke key").await);

    browser.open("/console/audit").await;
    for act in ["created", "revoked"] {
        assert!(browser.text().await.contains(act), "the audit log does not tell that a key was {act}");
    }
    browser.close().await;
}

#[tokio::test]
async fn keys_are_found_while_one_types_and_revoked_together() {
    let stage = Stage::new().await;
    let browser = stage.owner().await;
    let mut secrets = Vec::new();
    for name in ["billing export", "billing import", "photo frame"] {
        make_key(&browser, name).await;
        secrets.push(copied(&browser).await);
    }
    browser.open("/console/keys").await;
    browser.fill("Search", "bill").await;
    browser.expect_gone("photo frame").await;
    let path = browser.path().await;
    assert!(path.starts_with("/console/keys?q=bill&"), "{path}");
    browser.choose("Select billing export").await;
    browser.choose("Select billing import").await;
    browser.press("Revoke selected").await;
    browser.expect_heading("Revoke 2 keys?").await;
    browser.choose("I understand").await;
    browser.press("Revoke 2 keys").await;
    browser.expect_text("They are no longer accepted.").await;
    let mut verdicts = Vec::new();
    for secret in &secrets {
        verdicts.push(stage.program().verdict(secret).await);
    }
    assert_eq!(verdicts, ["REVOKED", "REVOKED", "VALID"]);
    browser.close().await;
}
