//! Service accounts, whose keys belong to no person.

use crate::keys::copied;
use crate::stage::Stage;

#[tokio::test]
async fn an_accounts_keys_fall_silent_with_it_and_end_with_it() {
    let stage = Stage::new().await;
    let browser = stage.owner().await;
    browser.open("/console/service-accounts").await;
    browser.press("Create the first one").await;
    browser.fill("Name", "nightly export").await;
    browser.fill("Others", "asset.read").await;
    browser.press("Create it").await;
    browser.expect_heading("nightly export").await;
    let page = browser.path().await;

    browser.open("/console/keys/new").await;
    browser.fill("Name", "export key").await;
    browser.select("Owner", "nightly export").await;
    browser.fill("Others", "asset.read").await;
    browser.press("Create the key").await;
    browser.expect_heading("Your new key").await;
    let key = copied(&browser).await;
    let program = stage.program();
    assert_eq!(program.verdict(&key).await, "VALID");

    browser.open(&page).await;
    browser.press("Disable").await;
    browser.press("Disable it").await;
    browser.expect_heading("nightly export disabled").await;
    assert_ne!(program.verdict(&key).await, "VALID");
    browser.press("Enable").await;
    browser.press("Enable it").await;
    browser.expect_heading("nightly export active").await;
    assert_eq!(program.verdict(&key).await, "VALID");

    browser.open(&format!("{}/delete", page.split('?').next().unwrap())).await;
    browser.fill("To delete it, type its name: nightly export", "nightly export").await;
    browser.press("Delete it and revoke its keys").await;
    browser.expect_text("Deleted, and its keys are revoked.").await;
    assert_eq!(program.verdict(&key).await, "REVOKED");
    browser.close().await;
}

#[tokio::test]
async fn whoever_signs_out_everywhere_is_out_everywhere() {
    let stage = Stage::new().await;
    let here = stage.owner().await;
    let there = stage.browser().await;
    there.open("/console/account").await;
    there.fill("E-mail address", crate::stage::OWNER).await;
    there.fill("Password", crate::stage::PASSWORD).await;
    there.press("Sign in").await;
    there.expect_heading("Your account").await;
    here.open("/console/account").await;
    here.press("Sign out everywhere").await;
    here.expect_heading("Sign in").await;
    there.open("/console/keys").await;
    there.expect_heading("Sign in").await;
    there.expect_text("Your session has ended.").await;
    there.close().await;
    here.close().await;
}
