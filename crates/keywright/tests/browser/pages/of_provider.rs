//! Signing in with a provider of identities: a real one, by the button of the page, and the pages on the way.

use std::net::TcpListener;

use super::exhibition::Exhibition;
use crate::harness::OidcProvider;
use crate::stage::{PASSWORD, Stage};

#[tokio::test]
async fn with_a_provider() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let secret = "a secret of the client";
    let back = format!("http://127.0.0.1:{port}/console/oidc/callback");
    let provider = OidcProvider::start(0, &back, secret);
    let stage = Stage::with_provider(port, provider.issuer(), secret).await;
    let mut exhibition = Exhibition::new("provider");
    let mut browser = stage.owner().await;
    browser.expect_host(provider.issuer().trim_start_matches("http://").to_owned());
    // The provider has no icon.
    browser.expect_refusal(404);
    browser.press("Ada Lovelace").await;
    browser.press("Sign out").await;
    browser.expect_text("signed out").await;
    exhibition.show(&browser, "console-login-provider").await;

    // The first time, who it is there is linked to who it is here, with the password.
    browser.press("Sign in with Example ID").await;
    browser.expect_text("Who are you?").await;
    let asked = browser.path().await;
    browser.open(&format!("{}{asked}/as/ada", provider.issuer())).await;
    browser.expect_heading("Link your account").await;
    exhibition.show(&browser, "console-oidc-confirm").await;
    browser.fill("Password", PASSWORD).await;
    browser.press("Confirm and sign in").await;
    browser.expect_text("Ada Lovelace").await;
    browser.open("/console/account").await;
    browser.expect_text(provider.issuer()).await;
    exhibition.show(&browser, "console-account-linked").await;

    // From then on the button is enough: the provider knows them still.
    browser.press("Ada Lovelace").await;
    browser.press("Sign out").await;
    browser.press("Sign in with Example ID").await;
    browser.expect_text("Ada Lovelace").await;
    assert!(browser.path().await.starts_with("/console"), "{}", browser.path().await);

    browser.open("/console/account").await;
    browser.press(&format!("Unlink {}", provider.issuer())).await;
    browser.expect_heading("Unlink account").await;
    exhibition.show(&browser, "console-oidc-unlink").await;
    browser.fill("Current password", PASSWORD).await;
    browser.press("Unlink").await;
    browser.expect_text("Account unlinked.").await;
    assert!(browser.offers("Link account").await);
    browser.close().await;
    exhibition.close();
}
