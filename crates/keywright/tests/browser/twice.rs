//! What is done twice, or too late.

use serde_json::json;

use crate::keys::make_key;
use crate::stage::{OWNER, PASSWORD, Scripts, Stage};

#[tokio::test]
async fn a_button_that_is_pressed_twice_makes_one_key() {
    let stage = Stage::new().await;
    stage.owner().await.close().await;
    for (scripts, name) in [(Scripts::On, "with scripts"), (Scripts::Off, "without")] {
        let browser = stage.browser_with(scripts).await;
        browser.open("/console/keys/new").await;
        browser.fill("Email", OWNER).await;
        browser.fill("Password", PASSWORD).await;
        browser.press("Sign in").await;
        browser.fill("Name", name).await;
        browser.choose("asset.read").await;
        browser.press_twice("Create API key").await;
        browser.expect_heading("API key created").await;
        // Reloaded, the page sends the form again.
        browser.reload().await;
        browser.expect_heading("API key created").await;
        let keys = stage.program().get("/v1/api-keys").await;
        let named = |key: &&serde_json::Value| key["name"] == name;
        let count = keys.data()["items"].as_array().unwrap().iter().filter(named).count();
        assert_eq!(count, 1, "{name}");
        browser.close().await;
    }
}

#[tokio::test]
async fn whose_session_has_ended_is_told_so_and_nothing_is_done() {
    let stage = Stage::new().await;
    let first = stage.owner().await;
    first.open("/console/keys/new").await;
    first.fill("Name", "too late").await;
    first.choose("asset.read").await;

    // Elsewhere the password is replaced, which ends the other sessions.
    let second = stage.browser().await;
    second.open("/console/password").await;
    second.fill("Email", OWNER).await;
    second.fill("Password", PASSWORD).await;
    second.press("Sign in").await;
    second.expect_text("Ada Lovelace").await;
    second.open("/console/password").await;
    second.fill("Current password", PASSWORD).await;
    second.fill("New password", "eight dry otters").await;
    second.press("Change password").await;
    second.expect_text("Ada Lovelace").await;
    second.close().await;

    first.press("Create API key").await;
    first.expect_heading("Sign in").await;
    first.expect_text("Your session had ended, so the form was not submitted.").await;
    first.fill("Email", OWNER).await;
    first.fill("Password", "eight dry otters").await;
    first.press("Sign in").await;
    first.expect_text("Ada Lovelace").await;
    let keys = stage.program().get("/v1/api-keys").await;
    assert!(!keys.body.to_string().contains("too late"));
    make_key(&first, "in time").await;
    first.close().await;
}

#[tokio::test]
async fn a_form_of_another_organization_does_nothing() {
    let stage = Stage::new().await;
    let mut browser = stage.owner().await;
    browser.expect_refusal(409);
    browser.open("/console/keys/new").await;
    let status = browser.send_form("/console/keys/new", json!({"organization": "2", "name": "astray"})).await;
    assert_eq!(status, 409);
    let keys = stage.program().get("/v1/api-keys").await;
    assert!(!keys.body.to_string().contains("astray"));
    browser.close().await;
}
