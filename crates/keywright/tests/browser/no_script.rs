//! With scripts switched off.

use crate::stage::{Browser, OWNER, PASSWORD, Scripts, Stage};

async fn shown_secret(browser: &Browser) -> String {
    let source = browser.source().await;
    let begin = source.find("id=\"secret\"").expect("a secret is shown");
    let text = &source[begin..];
    text[text.find('>').unwrap() + 1..text.find('<').unwrap()].to_owned()
}

#[tokio::test]
async fn everything_that_matters_works_without_scripts() {
    let stage = Stage::new().await;
    stage.owner().await.close().await;
    let browser = stage.browser_with(Scripts::Off).await;
    let program = stage.program();

    browser.open("/console/keys").await;
    browser.fill("Email", OWNER).await;
    browser.fill("Password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.expect_heading("API keys").await;
    let mut secrets = Vec::new();
    for name in ["one", "two", "three"] {
        browser.open("/console/keys/new").await;
        browser.fill("Name", name).await;
        browser.choose("asset.read").await;
        browser.press("Create API key").await;
        browser.expect_heading("API key created").await;
        // What cannot work is not offered.
        assert!(!browser.offers("Copy").await);
        let secret = shown_secret(&browser).await;
        assert_eq!(program.verdict(&secret).await, "VALID");
        secrets.push(secret);
    }
    browser.press("three").await;
    stage.wait_for_use("three").await;
    browser.press("Revoke key").await;
    browser.fill("Type three to confirm", "three").await;
    browser.press("Revoke key").await;
    browser.expect_text("It is no longer accepted.").await;
    assert_eq!(program.verdict(&secrets[2]).await, "REVOKED");

    browser.open("/console/keys").await;
    browser.fill("Search", "o").await;
    browser.press("Search").await;
    browser.expect_text("one").await;
    assert!(!browser.text().await.contains("three"), "{}", browser.text().await);
    browser.choose("Select two").await;
    browser.press("Revoke selected").await;
    browser.choose("I understand").await;
    browser.press("Revoke 1 key").await;
    browser.expect_text("They are no longer accepted.").await;
    assert_eq!(program.verdict(&secrets[1]).await, "REVOKED");
    assert_eq!(program.verdict(&secrets[0]).await, "VALID");
    let scripts = browser.requests().into_iter().filter(|request| request.path.contains(".js"));
    assert_eq!(scripts.count(), 0, "scripts are on");
    browser.close().await;
}
