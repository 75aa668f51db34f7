//! The pages on which customers keep their own keys.

use super::exhibition::Exhibition;
use crate::portal::{customers_account, make_customers_key, portal_link};
use crate::stage::Stage;

#[tokio::test]
async fn with_a_customer() {
    let stage = Stage::new().await;
    let mut exhibition = Exhibition::new("customer");
    let account = customers_account(&stage).await;
    let link = portal_link(&stage, &account, "anna").await;
    let mut browser = stage.browser().await;
    browser.expect_refusal(410);
    browser.open(&link).await;
    browser.expect_text("No keys yet").await;
    exhibition.show(&browser, "portal-empty").await;
    browser.press("Create API key").await;
    exhibition.show(&browser, "portal-new").await;
    browser.press("Cancel").await;
    make_customers_key(&browser, "annas frame").await;
    exhibition.show(&browser, "portal-new-issued").await;
    browser.press("Done").await;
    make_customers_key(&browser, "annas phone").await;
    browser.press("Done").await;
    exhibition.show(&browser, "portal-keys").await;
    browser.press("Rotate: annas phone").await;
    exhibition.show(&browser, "portal-rotate").await;
    browser.press("Cancel").await;
    browser.press("Revoke: annas phone").await;
    exhibition.show(&browser, "portal-revoke").await;
    browser.press("Revoke key").await;
    browser.press("Show revoked keys").await;
    exhibition.show(&browser, "portal-keys-revoked").await;
    browser.open(&link).await;
    exhibition.show(&browser, "portal-link-used").await;
    browser.close().await;
    exhibition.close();
}
