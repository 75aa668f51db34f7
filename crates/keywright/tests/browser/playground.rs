//! The API's description, on which every call can be tried.

use serde_json::json;

use crate::stage::Stage;

#[tokio::test]
async fn a_call_is_tried_with_a_key_and_really_sent() {
    let stage = Stage::new().await;
    let mut browser = stage.browser().await;
    browser.expect_refusal(401);
    browser.open("/docs").await;
    browser.expect_text("List API keys").await;
    for (token, said) in [("kw_nobody", "401 Unauthorized"), (stage.root_key(), "200 OK")] {
        browser.fill("Token", token).await;
        browser.press("Test Request (get /v1/api-keys)").await;
        browser.press_that_begins("Send").await;
        browser.expect_text(said).await;
        browser.press("Close Client").await;
    }
    let sent = browser.requests().into_iter().filter(|sent| sent.path.starts_with("/v1/api-keys?"));
    assert_eq!(sent.count(), 2, "the playground sends what it says that it sends");
    // The key is gone when the page is.
    browser.reload().await;
    browser.expect_text("List API keys").await;
    let kept = "return JSON.stringify({...localStorage, ...sessionStorage}) + document.cookie";
    let kept = browser.run(kept, json!([])).await.to_string();
    assert!(!kept.contains(stage.root_key()), "the key was kept in the browser");
    browser.close().await;
}

#[tokio::test]
async fn the_guide_is_searched_while_one_types() {
    let stage = Stage::new().await;
    let browser = stage.browser().await;
    browser.open("/docs/guide").await;
    browser.expect_heading("Guide").await;
    browser.fill("Search the guide", "pepper").await;
    browser.expect_heading("Search").await;
    browser.expect_text("The pepper").await;
    assert_eq!(browser.path().await, "/docs/guide?q=pepper");
    browser.close().await;
}
