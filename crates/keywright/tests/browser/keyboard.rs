//! Without a mouse.

use thirtyfour::Key;

use crate::stage::{Browser, Stage};

/// More stops than any page has between two things that a person wants next.
const MOST_STOPS: usize = 400;

/// Presses Tab until something has the focus. Each stop on the way must be seen to have it.
async fn tab_to(browser: &Browser, name: &str) {
    for _ in 0..MOST_STOPS {
        browser.press_key(Key::Tab).await;
        let focus = browser.run(include_str!("stage/describe_focus.js"), serde_json::json!([])).await;
        assert_eq!(focus["isSeen"], true, "nothing shows that this has the focus: {focus}");
        if focus["names"].as_array().unwrap().iter().any(|known| known.as_str().unwrap().starts_with(name)) {
            return;
        }
    }
    panic!("Tab never comes to {name:?} on {}", browser.path().await);
}

#[tokio::test]
async fn a_key_is_made_copied_and_revoked_with_the_keyboard_alone() {
    let stage = Stage::new().await;
    let browser = stage.owner().await;
    browser.open("/console/keys").await;

    // The first stop leads past the navigation.
    browser.press_key(Key::Tab).await;
    browser.press_key(Key::Enter).await;
    browser.press_key(Key::Tab).await;
    browser.press_key(Key::Enter).await;
    browser.expect_heading("Create API key").await;

    tab_to(&browser, "Name").await;
    browser.type_text("typed").await;
    tab_to(&browser, "Read only").await;
    // To the next of the circles.
    browser.press_key(Key::Down).await;
    tab_to(&browser, "Search permissions").await;
    browser.type_text("apikey.verify").await;
    // Enter must not send the form off from there.
    browser.press_key(Key::Enter).await;
    tab_to(&browser, "apiKey.verify").await;
    browser.type_text(" ").await;
    tab_to(&browser, "Create API key").await;
    browser.press_key(Key::Enter).await;
    browser.expect_heading("API key created").await;

    tab_to(&browser, "Copy").await;
    browser.press_key(Key::Enter).await;
    browser.expect_text("Copied").await;
    let key = browser.clipboard().await;
    let program = stage.program();
    assert_eq!(program.verdict(&key).await, "VALID");
    let self_told = program.with_key(&key).get("/v1/api-keys/self").await;
    assert_eq!(self_told.data()["permissions"], serde_json::json!(["apiKey.verify"]));
    assert_eq!(self_told.data()["scope"], "read-write");

    tab_to(&browser, "Done").await;
    browser.press_key(Key::Enter).await;
    stage.wait_for_use("typed").await;
    tab_to(&browser, "Revoke key").await;
    browser.press_key(Key::Enter).await;
    browser.expect_heading("Revoke typed?").await;
    tab_to(&browser, "Type typed to confirm").await;
    browser.type_text("typed").await;
    tab_to(&browser, "Revoke key").await;
    browser.press_key(Key::Enter).await;
    browser.expect_text("It is no longer accepted.").await;
    assert_eq!(program.verdict(&key).await, "REVOKED");
    browser.close().await;
}
