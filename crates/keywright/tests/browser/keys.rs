//! A key's life, from the set-up of the server to the key's end.

use crate::stage::{Browser, Stage};

/// Makes a key that may read assets, and leaves the browser on the page that shows it.
pub(crate) async fn make_key(browser: &Browser, name: &str) {
    browser.open("/console/keys/new").await;
    browser.fill("Name", name).await;
    browser.choose("Read").await;
    browser.fill("Others", "asset.read").await;
    browser.press("Create the key").await;
    browser.expect_heading("Your new key").await;
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
    browser.press("Create a key").await;
    browser.expect_heading("Create a key").await;
    make_key(&browser, "billing export").await;
    let key = copied(&browser).await;
    assert_eq!(program.verdict(&key).await, "VALID", "the copied key, right after it was made");
    assert!(!browser.path().await.contains(&key), "a secret is never in an address");

    browser.press("billing export").await;
    browser.expect_heading("billing export active").await;
    assert!(!browser.source().await.contains(&key), "a secret is shown once");
    let page = browser.path().await;

    browser.press("Rotate").await;
    browser.expect_heading("Rotate billing export").await;
    browser.press("Rotate").await;
    browser.expect_heading("The key's new secret").await;
    let rotated = copied(&browser).await;
    assert_ne!(rotated, key);
    for secret in [&key, &rotated] {
        assert_eq!(program.verdict(secret).await, "VALID", "both work in the overlap of a day");
    }
    browser.open(&page).await;
    browser.press("Rotate").await;
    browser.select("The old secret works for another", "moment").await;
    browser.press("Rotate").await;
    browser.expect_text("The old secret works no more.").await;
    let last = copied(&browser).await;
    assert_eq!(program.verdict(&last).await, "VALID");
    assert_ne!(program.verdict(&rotated).await, "VALID", "an old secret after it was cut off");

    browser.open(&page).await;
    browser.press("Switch off").await;
    browser.expect_text("Switched off.").await;
    assert_eq!(program.verdict(&last).await, "DISABLED");
    browser.press("Switch on").await;
    browser.expect_text("Switched on.").await;
    assert_eq!(program.verdict(&last).await, "VALID");

    // It was used just now: whoever revokes it must mean it.
    stage.wait_for_use("billing").await;
    browser.press("Revoke this key").await;
    browser.fill("To revoke it all the same, type its name: billing export", "billing import").await;
    browser.press("Revoke it").await;
    browser.expect_text("must be the key's name").await;
    assert_eq!(program.verdict(&last).await, "VALID");
    browser.fill("To revoke it all the same, type its name: billing export", "billing export").await;
    browser.press("Revoke it").await;
    browser.expect_text("No server accepts it any more.").await;
    assert_eq!(program.verdict(&last).await, "REVOKED", "the very next verification after the page came");
    browser.expect_heading("billing export revoked").await;
    assert!(!browser.offers("Rotate").await && !browser.offers("Revoke this key").await);

    browser.open("/console/audit").await;
    for act in ["made", "revoked"] {
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
    browser.choose("Choose billing export").await;
    browser.choose("Choose billing import").await;
    browser.press("Revoke the chosen ones").await;
    browser.expect_heading("Revoke 2 keys?").await;
    browser.choose("Revoke them all").await;
    browser.press("Revoke them").await;
    browser.expect_text("No server accepts them any more.").await;
    let mut verdicts = Vec::new();
    for secret in &secrets {
        verdicts.push(stage.program().verdict(secret).await);
    }
    assert_eq!(verdicts, ["REVOKED", "REVOKED", "VALID"]);
    browser.close().await;
}
