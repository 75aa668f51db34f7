//! Service accounts, whose keys belong to no person.

use crate::keys::copied;
use crate::stage::Stage;

#[tokio::test]
async fn an_accounts_keys_fall_silent_with_it_and_end_with_it() {
    let stage = Stage::new().await;
    let browser = stage.owner().await;
    browser.open("/console/service-accounts").await;
    browser.press("Create service account").await;
    browser.fill("Name", "nightly export").await;
    browser.fill("Other permissions", "asset.read").await;
    browser.press("Create service account").await;
    browser.expect_heading("nightly export").await;
    let page = browser.path().await;

    browser.open("/console/keys/new").await;
    browser.fill("Name", "export key").await;
    browser.select("Owner", "nightly export").await;
    browser.fill("Other permissions", "asset.read").await;
    browser.press("Create API key").await;
    browser.expect_heading("API key created").await;
    let key = copied(&browser).await;
    let program = stage.program();
    assert_eq!(program.verdict(&key).await, "VALID");

    browser.open(&page).await;
    browser.press("Disable").await;
    browser.press("Disable").await;
    browser.expect_heading("nightly export Disabled").await;
    assert_ne!(program.verdict(&key).await, "VALID");
    browser.press("Enable").await;
    browser.press("Enable").await;
    browser.expect_heading("nightly export Active").await;
    assert_eq!(program.verdict(&key).await, "VALID");

    browser.open(&format!("{}/delete", page.split('?').next().unwrap())).await;
    browser.fill("Type nightly export to confirm", "nightly export").await;
    browser.press("Delete service account").await;
    browser.expect_text("Service account deleted and its keys revoked.").await;
    assert_eq!(program.verdict(&key).await, "REVOKED");
    browser.close().await;
}

#[tokio::test]
async fn whoever_signs_out_everywhere_is_out_everywhere() {
    let stage = Stage::new().await;
    let here = stage.owner().await;
    let there = stage.browser().await;
    there.open("/console/account").await;
    there.fill("Email", crate::stage::OWNER).await;
    there.fill("Password", crate::stage::PASSWORD).await;
    there.press("Sign in").await;
    there.expect_heading("Account").await;
    here.open("/console/account").await;
    here.press("Sign out everywhere").await;
    here.expect_heading("Sign in").await;
    there.open("/console/keys").await;
    there.expect_heading("Sign in").await;
    there.expect_text("Your session has ended.").await;
    there.close().await;
    here.close().await;
}
