//! Every page, looked at: with nothing to show, with a little, and with a lot.

mod exhibition;
mod of_customers;
mod of_provider;

use serde_json::{Value, json};

use self::exhibition::Exhibition;
use crate::keys::make_key;
use crate::stage::{Browser, Finding, ForeignSite, OWNER, PASSWORD, Stage};

/// The pages that somebody who may do everything finds. `{key}` is a key's id, and so on. Links may lead to more, which are looked at too;
/// these must be there.
const PAGES: [&str; 20] = [
    "/console",
    "/console/keys",
    "/console/keys/new",
    "/console/keys/{key}",
    "/console/keys/{key}/edit",
    "/console/keys/{key}/rotate",
    "/console/keys/{key}/revoke",
    "/console/service-accounts",
    "/console/usage",
    "/console/account",
    "/console/members",
    "/console/members/{member}/remove",
    "/console/roles",
    "/console/roles/{role}/edit",
    "/console/roles/{role}/delete",
    "/console/catalogue",
    "/console/audit",
    "/console/settings",
    "/console/server",
    "/console/password",
];

/// What anybody may read. The guide's own pages are found by its links, where there are keys.
const DOCS: [&str; 2] = ["/docs", "/docs/guide"];

/// Where the navigation leads.
const SECTIONS: [&str; 10] = [
    "/console",
    "/console/keys",
    "/console/service-accounts",
    "/console/usage",
    "/console/members",
    "/console/roles",
    "/console/catalogue",
    "/console/audit",
    "/console/settings",
    "/console/server",
];

/// Those of them that grow with the number of keys.
const LISTS: [&str; 4] = ["/console", "/console/keys", "/console/usage", "/console/audit"];

#[tokio::test]
async fn with_nothing_there_yet() {
    let stage = Stage::new().await;
    let mut exhibition = Exhibition::new("0");
    let mut browser = stage.browser().await;
    browser.expect_refusal(400);
    browser.expect_refusal(401);
    browser.expect_refusal(404);

    browser.open(stage.setup_link()).await;
    exhibition.show(&browser, "console-setup").await;
    browser.fill("Email", OWNER).await;
    browser.fill("Name", "Ada Lovelace").await;
    browser.fill("Password", "short").await;
    browser.press("Create account").await;
    browser.expect_text("Password must").await;
    exhibition.show(&browser, "console-setup-refused").await;
    browser.fill("Password", PASSWORD).await;
    browser.press("Create account").await;
    browser.expect_text("Ada Lovelace").await;
    exhibition.visit(&browser, &SECTIONS).await;

    exhibition.visit(&browser, &DOCS).await;
    browser.open("/docs/guide?q=lost+pepper").await;
    exhibition.show(&browser, "docs-guide-search").await;

    // Who sees nothing but their own keys has none.
    let newcomer = stage.member("Dora", "developer").await;
    newcomer.open("/console/keys").await;
    exhibition.show(&newcomer, "console-keys-empty").await;
    newcomer.close().await;
    let viewer = stage.member("Vera", "viewer").await;
    viewer.open("/console").await;
    exhibition.show(&viewer, "console-viewer").await;
    viewer.close().await;

    let guest = stage.browser().await;
    guest.open("/console/login").await;
    exhibition.show(&guest, "console-login").await;
    let invitation = json!({"email": "grace@example.com", "role": "developer"});
    let invited = stage.program().post(&stage.members_path().await, invitation).await;
    guest.open(invited.data()["invitation"]["path"].as_str().unwrap()).await;
    exhibition.show(&guest, "console-invitation").await;
    guest.close().await;
    browser.open("/console/keys/01890000-0000-7000-8000-000000000000").await;
    exhibition.show(&browser, "console-not-found").await;
    browser.close().await;
    exhibition.close();
}

#[tokio::test]
async fn with_three_keys() {
    let stage = Stage::new().await;
    let mut exhibition = Exhibition::new("3");
    let mut browser = stage.owner().await;
    browser.expect_refusal(400);
    browser.expect_refusal(401);
    for (name, verb) in [("invoice.send", "CREATE"), ("invoice.read", "READ"), ("invoice.void", "DELETE")] {
        assert_eq!(browser.send_form("/console/catalogue", json!({"name": name, "verb": verb})).await, 200);
    }
    let invitation = json!({"email": "grace@example.com", "role": "developer"});
    let invited = stage.program().post(&stage.members_path().await, invitation).await;
    let member = invited.text("id");

    make_key(&browser, "billing export").await;
    exhibition.show(&browser, "console-keys-new-issued").await;
    let in_three_days =
        browser.run("return new Date(Date.now() + 3 * 86400000).toISOString()", json!([])).await;
    let full = json!({"name": "photo frame", "description": "The frame in the hall", "scope": "read-write",
        "permissions": ["asset.read", "asset.download", "album.*"], "ipAllowlist": ["192.0.2.0/24"],
        "rateLimits": [{"name": "default", "limit": 100, "windowSeconds": 60}], "metadata": {"plan": "pro"},
        "externalId": "customer-17", "expiresAt": in_three_days});
    let key = stage.program().post("/v1/api-keys", full).await.text("id");
    let old = stage.program().post("/v1/api-keys", json!({"name": "old importer"})).await.text("id");
    stage.program().delete(&format!("/v1/api-keys/{old}")).await.data();

    // A role for keys, made as people make one.
    browser.open("/console/roles").await;
    browser.press("Create role").await;
    browser.fill("Name", "Reporting").await;
    browser.tick_only("asset.read").await;
    browser.press("Create role").await;
    browser.expect_text("Role created.").await;
    let role = stage.program().get("/v1/roles").await.data()["items"][0]["id"].as_str().unwrap().to_owned();

    browser.open("/console/keys/new").await;
    browser.fill("Name", "refused").await;
    browser.press("Advanced options").await;
    browser.fill("Allowed IP addresses", "nowhere").await;
    browser.fill("Other permissions", "not a permission").await;
    browser.press("Create API key").await;
    browser.expect_heading("Create API key").await;
    exhibition.show(&browser, "console-keys-new-refused").await;

    let addresses: Vec<String> = PAGES
        .iter()
        .map(|page| page.replace("{key}", &key).replace("{member}", &member).replace("{role}", &role))
        .collect();
    exhibition.tour(&browser, &addresses).await;
    browser.open(&format!("/console/keys/{old}")).await;
    exhibition.show(&browser, "console-keys-one-revoked").await;
    shown_by_forms(&browser, &mut exhibition).await;
    browser.close().await;
    exhibition.close();
}

/// Pages that come only as the answer to a form.
async fn shown_by_forms(browser: &Browser, exhibition: &mut Exhibition) {
    browser.open("/console/keys").await;
    browser.choose("Select billing export").await;
    browser.choose("Select photo frame").await;
    browser.press("Revoke selected").await;
    exhibition.show(browser, "console-keys-revoke-many").await;
    browser.open("/console/keys?q=nothing+like+this").await;
    exhibition.show(browser, "console-keys-nothing-found").await;
    browser.press("Clear filters").await;
    browser.press("billing export").await;
    browser.press("Rotate").await;
    browser.press("Rotate key").await;
    browser.expect_heading("API key rotated").await;
    exhibition.show(browser, "console-keys-one-rotated").await;
    browser.open("/console/members").await;
    browser.fill("Email", "edsger@example.com").await;
    browser.press("Create invitation").await;
    exhibition.show(browser, "console-members-invited").await;
    browser.open("/console/audit?action=apiKey.create").await;
    exhibition.show(browser, "console-audit-filtered").await;
    browser.press("Ada Lovelace").await;
    exhibition.show(browser, "console-menu").await;
    browser.press("Sign out").await;
    browser.fill("Email", OWNER).await;
    browser.fill("Password", "eight dry otters").await;
    browser.press("Sign in").await;
    browser.expect_text("password").await;
    exhibition.show(browser, "console-login-refused").await;
}

#[tokio::test]
async fn with_five_thousand_keys() {
    let stage = Stage::new().await;
    let mut exhibition = Exhibition::new("5000");
    let browser = stage.owner().await;
    for thousand in 0..5 {
        let item = |at: usize| {
            let number = thousand * 1000 + at;
            let digest = json!({"algorithm": "sha256", "encoding": "hex", "value": format!("{number:064x}")});
            json!({"digest": digest, "name": format!("imported {number:04}"), "permissions": ["asset.read"]})
        };
        let items: Vec<Value> = (0..1000).map(item).collect();
        let imported = stage.program().post("/v1/api-keys/import", json!({"items": items})).await;
        assert_eq!(imported.status, 200, "{}", imported.body);
    }
    make_key(&browser, "made by hand").await;
    exhibition.visit(&browser, &LISTS).await;
    browser.open("/console/keys").await;
    browser.press("Next page").await;
    browser.expect_text("imported 4").await;
    exhibition.show(&browser, "console-keys-older").await;
    browser.open("/console/keys").await;
    browser.fill("Search", "imported 12").await;
    browser.expect_gone("imported 4").await;
    exhibition.show(&browser, "console-keys-found").await;
    browser.close().await;
    exhibition.close();
}

#[tokio::test]
async fn a_page_that_keeps_people_out_would_be_noticed() {
    let stage = Stage::new().await;
    let mut browser = stage.browser().await;
    browser.expect_host("fonts.browser.example".to_owned());
    browser.open("/console/login").await;
    browser.load_axe().await;
    assert!(browser.findings().await.is_empty());
    let harm = "document.querySelector('label').remove();
        document.body.insertAdjacentHTML('beforeend', '<main><p>Another</p></main>');
        document.documentElement.removeAttribute('lang')";
    browser.run(harm, json!([])).await;
    let found = browser.findings().await;
    for rule in ["label", "html-has-lang", "landmark-no-duplicate-main"] {
        assert!(found.iter().any(|finding| finding.rule == rule), "{rule} was not noticed: {found:?}");
    }
    assert!(found.iter().any(Finding::is_serious) && !found.iter().all(Finding::is_serious));
    assert!(!browser.is_too_wide().await);
    browser
        .run("document.querySelector('main').style.cssText = 'width: 2000px; max-width: none'", json!([]))
        .await;
    assert!(browser.is_too_wide().await);
    assert!(browser.complaints().await.is_empty());

    // What asks another host is seen, both where the page forbids it and where it does not.
    let site = ForeignSite::start(
        "<!doctype html><title>Fonts</title><link rel=icon href='data:,'><img src='http://fonts.browser.example/a.png'>"
            .to_owned(),
    )
    .await;
    browser
        .run("const image = new Image(); image.src = 'http://images.browser.example/a.png'", json!([]))
        .await;
    browser.wait_for_complaint("Content Security Policy").await;
    browser.expect_host(site.same_site());
    browser.open(&format!("http://{}/", site.same_site())).await;
    browser.wait_for_complaint("502").await;
    browser.close().await;
}
