//! Who may come in, and what they find.

use serde_json::json;

use crate::keys::{copied, make_key};
use crate::stage::{OWNER, PASSWORD, Stage};

#[tokio::test]
async fn people_sign_in_and_out_and_come_to_where_they_wanted() {
    let stage = Stage::new().await;
    let mut browser = stage.owner().await;
    browser.expect_refusal(401);
    browser.expect_refusal(410);

    browser.open(stage.setup_link()).await;
    browser.expect_heading("Link expired").await;

    browser.open("/console/keys").await;
    browser.press("Ada Lovelace").await;
    browser.press("Sign out").await;
    browser.expect_heading("Sign in").await;
    browser.open("/console/keys?status=active").await;
    browser.expect_heading("Sign in").await;
    browser.fill("Email", OWNER).await;
    browser.fill("Password", "eight dry otters").await;
    browser.press("Sign in").await;
    browser.expect_text("password").await;
    browser.fill("Password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.expect_heading("API keys").await;
    assert_eq!(browser.path().await, "/console/keys?status=active");
    browser.close().await;
}

#[tokio::test]
async fn a_viewer_is_offered_to_look_and_refused_the_rest() {
    let stage = Stage::new().await;
    let owner = stage.owner().await;
    make_key(&owner, "of the owner").await;
    let key = copied(&owner).await;
    owner.press("of the owner").await;
    let page = owner.path().await;

    let mut viewer = stage.member("Vera", "viewer").await;
    for page in ["/console", "/console/keys"] {
        viewer.open(page).await;
        viewer.expect_text("You have no API keys").await;
    }
    for not_theirs in ["Audit log", "Server", "Create API key", "Create API key"] {
        assert!(!viewer.offers(not_theirs).await, "{not_theirs}");
    }

    // They know the addresses all the same.
    viewer.expect_refusal(403);
    viewer.expect_refusal(404);
    for (address, heading) in [
        ("/console/keys/new", "Something went wrong"),
        ("/console/audit", "Something went wrong"),
        ("/console/server", "Access denied"),
        (page.as_str(), "Key not found"),
        (&format!("{page}/edit"), "Something went wrong"),
        (&format!("{page}/rotate"), "Something went wrong"),
        (&format!("{page}/revoke"), "Something went wrong"),
    ] {
        viewer.open(address).await;
        viewer.expect_heading(heading).await;
        assert!(!viewer.text().await.contains("of the owner"), "{address}");
    }
    // And the forms: sent from a page of the server, with their own session.
    viewer.open("/console/keys").await;
    let revoke = format!("{page}/revoke");
    let invite = json!({"email": "eve@example.com", "role": "owner"});
    let make =
        json!({"name": "sneaky", "access": "read-write", "may": "owner", "expires": "never", "once": "a"});
    for (address, form) in [
        ("/console/keys/new", make),
        (revoke.as_str(), json!({})),
        ("/console/members", invite),
        ("/console/catalogue", json!({"name": "invoice.send", "verb": "READ"})),
    ] {
        let status = viewer.send_form(address, form).await;
        assert!([403, 404].contains(&status), "{address} was answered {status}");
    }
    assert_eq!(stage.program().verdict(&key).await, "VALID");
    let keys = stage.program().get("/v1/api-keys?q=sneaky").await;
    assert_eq!(keys.data()["items"], json!([]));
    viewer.close().await;
    owner.close().await;
}

#[tokio::test]
async fn a_developer_makes_keys_and_meets_nobody_elses() {
    let stage = Stage::new().await;
    let owner = stage.owner().await;
    make_key(&owner, "of the owner").await;
    let mut developer = stage.member("Dora", "developer").await;
    make_key(&developer, "of the developer").await;
    let key = copied(&developer).await;
    assert_eq!(stage.program().verdict(&key).await, "VALID");
    developer.open("/console/keys").await;
    developer.expect_text("of the developer").await;
    assert!(!developer.text().await.contains("of the owner"));
    assert!(!developer.offers("Revoke selected").await);

    // A member who is removed is gone with their keys, and their open window with them.
    owner.open("/console/members").await;
    owner.expect_text("Dora").await;
    owner.press_in_row("Dora", "Remove").await;
    owner.press("Remove member").await;
    owner.expect_heading("Members").await;
    assert_ne!(stage.program().verdict(&key).await, "VALID");
    developer.expect_refusal(401);
    developer.expect_refusal(403);
    developer.open("/console/keys").await;
    assert!(!developer.text().await.contains("of the developer"));
    developer.close().await;
    owner.close().await;
}

#[tokio::test]
async fn somebody_invited_in_the_console_joins_by_the_copied_link() {
    let stage = Stage::new().await;
    let owner = stage.owner().await;
    owner.open("/console/members").await;
    owner.fill("Email", "grace@example.com").await;
    owner.select("Role", "developer").await;
    owner.press("Create invitation").await;
    owner.expect_heading("Invitation created").await;
    let link = copied(&owner).await;

    let guest = stage.browser().await;
    guest.open(&link).await;
    guest.expect_heading("Accept invitation").await;
    guest.fill("Name", "Grace Hopper").await;
    guest.fill("Password", PASSWORD).await;
    guest.press("Accept invitation").await;
    guest.expect_text("Grace Hopper").await;
    guest.open("/console/keys").await;
    assert!(guest.offers("Create API key").await || guest.offers("Create API key").await);
    guest.close().await;
    owner.close().await;
}
