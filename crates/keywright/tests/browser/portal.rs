//! Customers, each with their own keys.

use serde_json::json;

use crate::keys::copied;
use crate::stage::{Browser, ForeignSite, Stage};

/// What a key of a customer may be given.
const PERMISSIONS: [&str; 2] = ["photo.read", "photo.upload"];

/// A service account that owns the keys of customers.
pub(crate) async fn customers_account(stage: &Stage) -> String {
    let account = json!({"name": "customers", "permissions": PERMISSIONS});
    stage.program().post("/v1/service-accounts", account).await.text("id")
}

/// A link for a customer, as a product's own backend gets it.
pub(crate) async fn portal_link(stage: &Stage, account: &str, customer: &str) -> String {
    let session = json!({"externalId": customer, "serviceAccountId": account, "permissions": PERMISSIONS});
    stage.program().post("/v1/portal-sessions", session).await.text("url")
}

/// Makes a key that may read photos, and leaves the browser on the page that shows it.
pub(crate) async fn make_customers_key(browser: &Browser, name: &str) {
    browser.press("Create API key").await;
    browser.fill("Name", name).await;
    browser.tick_only("photo.read").await;
    browser.press("Create API key").await;
    browser.expect_heading("API key created").await;
}

#[tokio::test]
async fn a_customer_meets_their_own_keys_and_nothing_else() {
    let stage = Stage::new().await;
    let program = stage.program();
    let account = customers_account(&stage).await;
    let others = json!({"name": "made by the backend", "serviceAccountId": account, "permissions": ["photo.read"],
        "externalId": "anna"});
    let backends_key = program.post("/v1/api-keys", others).await.text("key");

    let link = portal_link(&stage, &account, "anna").await;
    let mut anna = stage.browser().await;
    anna.open(&link).await;
    anna.expect_text("No keys yet").await;
    assert!(!anna.text().await.contains("made by the backend"));
    assert!(!anna.path().await.contains("token"), "the link's token stays in the address");
    let annas_page = anna.path().await;
    make_customers_key(&anna, "annas frame").await;
    let key = copied(&anna).await;
    let may = async |permission: &str| {
        let question = json!({"key": key, "permissions": permission});
        program.post("/v1/api-keys/verify", question).await.text("code")
    };
    assert_eq!(may("photo.read").await, "VALID");
    assert_eq!(may("photo.upload").await, "INSUFFICIENT_PERMISSIONS");
    assert_eq!(may("apiKey.read").await, "INSUFFICIENT_PERMISSIONS");
    anna.press("Done").await;
    anna.expect_text("annas frame").await;

    let mut ben = stage.browser().await;
    for browser in [&mut anna, &mut ben] {
        for status in [401, 403, 404, 410] {
            browser.expect_refusal(status);
        }
    }
    // Whoever finds a link that was used stands before a closed door, and so does who has the address alone.
    ben.open(&link).await;
    ben.expect_heading("Link expired").await;
    ben.open(&annas_page).await;
    ben.expect_heading("Session ended").await;

    ben.open(&portal_link(&stage, &account, "ben").await).await;
    ben.expect_text("No keys yet").await;
    let bens_page = ben.path().await;
    assert_ne!(bens_page, annas_page);
    assert!(!ben.text().await.contains("annas frame"));
    let listed = program.get("/v1/api-keys?q=annas").await;
    let id = listed.data()["items"][0]["id"].as_str().unwrap().to_owned();
    for (page, heading) in [(&bens_page, "Key not found"), (&annas_page, "Session ended")] {
        for act in ["rotate", "revoke"] {
            let address = format!("{page}/keys/{id}/{act}");
            ben.open(&address).await;
            ben.expect_heading(heading).await;
            // A form that is his own in all but its address.
            ben.open(&format!("{bens_page}/keys/new")).await;
            let script =
                "const form = document.querySelector('form'); form.action = arguments[0]; form.submit()";
            ben.run(script, json!([address])).await;
            ben.expect_heading(heading).await;
            assert!(!ben.text().await.contains("annas frame"), "{address}: {}", ben.text().await);
        }
    }
    assert_eq!(may("photo.read").await, "VALID");

    // The session of a customer opens nothing but their page.
    for address in ["/console", "/console/keys"] {
        anna.open(address).await;
        anna.expect_heading("Sign in").await;
    }
    for path in ["/v1/api-keys", "/v1/whoami", "/v1/service-accounts"] {
        anna.open(path).await;
        assert!(anna.text().await.contains("\"code\":401"), "{path}: {}", anna.text().await);
    }
    anna.open(&annas_page).await;
    anna.press("Revoke: annas frame").await;
    anna.press("Revoke key").await;
    anna.expect_text("It is no longer accepted.").await;
    assert_eq!(may("photo.read").await, "REVOKED", "the very next verification after the page came");
    assert_eq!(program.verdict(&backends_key).await, "VALID");
    anna.press("Sign out").await;
    anna.open(&annas_page).await;
    anna.expect_heading("Session ended").await;
    anna.close().await;
    ben.close().await;
}

#[tokio::test]
async fn the_portal_is_shown_in_the_frame_of_who_may_and_of_nobody_else() {
    let stage = Stage::new().await;
    let account = customers_account(&stage).await;
    let mut browser = stage.browser().await;
    // One site for both: over plain HTTP a browser keeps the cookie of a frame only there.
    let ours = stage.host().replace("127.0.0.1", "localhost");
    browser.expect_host(ours.clone());
    let frame = |link: &str| {
        let link = link.replace("127.0.0.1", "localhost");
        format!(
            "<!doctype html><html lang=en><title>Photo shop</title><link rel=icon href='data:,'><h1>Your API keys</h1>\
             <iframe src='{link}' title='API keys' width=900 height=640 allow='clipboard-write'></iframe>"
        )
    };
    let stranger = ForeignSite::start(frame(&portal_link(&stage, &account, "anna").await)).await;
    browser.expect_host(stranger.other_site());
    browser.open(&format!("http://{}/", stranger.other_site())).await;
    browser.wait_for_complaint("frame-ancestors").await;

    let shop = ForeignSite::start(frame(&portal_link(&stage, &account, "anna").await)).await;
    let organization = stage.program().get("/v1/whoami").await.text("organizationId");
    let origins = json!({"portal": {"allowedOrigins": [format!("http://{}", shop.other_site())]}});
    stage.program().patch(&format!("/v1/organizations/{organization}"), origins).await.data();
    browser.expect_host(shop.other_site());
    browser.open(&format!("http://{}/", shop.other_site())).await;
    browser.enter_frame().await;
    browser.expect_text("No keys yet").await;
    make_customers_key(&browser, "framed").await;
    browser.press("Copy").await;
    browser.expect_text("Copied").await;
    let listed = stage.program().get("/v1/api-keys?q=framed").await;
    assert_eq!(listed.data()["items"][0]["externalId"], "anna");
    browser.open("/console/login").await;
    browser.close().await;
}
