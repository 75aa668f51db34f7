//! The page where one lands: the way to a first key, and then what there is.

mod harness;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use harness::page::assert_page;
use harness::{Reply, Server, Who, request};
use serde_json::json;

async fn home(server: &Server, who: &Who) -> Reply {
    let page = server.ask(who, "GET", "/console", None).await;
    assert_page(&page, 200);
    page
}

/// What is between two texts.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("no {from} in {text}")).1;
    rest.split_once(to).unwrap().0
}

fn form(once: &str, name: &str, permission: &str) -> String {
    let pairs = [("organization", "1"), ("once", once), ("name", name), ("permission", permission)];
    serde_urlencoded::to_string(pairs).unwrap()
}

/// Asks what a command of a page asks.
async fn run(server: &Server, page: &Reply) -> serde_json::Value {
    let command = between(&page.text, "<pre id=\"ask\" tabindex=\"0\">", "</pre>");
    let command = command.replace("&#34;", "\"").replace("&#39;", "'");
    let path = between(&command, "curl -s http://keys.example", " ");
    let credential = between(&command, "-H 'Authorization: ", "'");
    let body = between(&command, "-d '", "'");
    let asked = request(&Who::Nobody, "POST", path).header(AUTHORIZATION, credential);
    let asked = asked.header(CONTENT_TYPE, "application/json").body(Body::from(body.to_owned()));
    server.send(asked.unwrap()).await.data()
}

#[tokio::test]
async fn a_first_key_is_made_in_one_step_and_answers_for_itself() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let guide = home(&server, &owner).await;
    assert!(guide.text.contains("Create your first API key"), "the root key is nobody's first");
    let once = between(&guide.text, "name=\"once\" value=\"", "\"");
    let sent = form(once, "Photo <site>", "asset.read");
    let made = server.submit(&owner, "/console", &sent).await;
    assert_page(&made, 200);
    assert!(made.text.contains("Photo &#60;site&#62;"));
    let verdict = run(&server, &made).await;
    assert_eq!((&verdict["valid"], &verdict["code"]), (&json!(true), &json!("VALID")), "{verdict}");

    let again = server.submit(&owner, "/console", &sent).await;
    let secret = |page: &Reply| between(&page.text, "id=\"secret\" tabindex=\"0\">", "<").to_owned();
    assert_eq!(secret(&again), secret(&made), "sent twice, one key is made");
    let keys = server.root("GET", "/v1/api-keys?q=photo", None).await.data();
    assert_eq!(keys["items"].as_array().unwrap().len(), 1);
    assert_eq!(keys["items"][0]["permissions"], json!(["asset.read", "apiKey.verify"]));
    server.advance(61);
    let late = server.submit(&owner, "/console", &sent).await;
    assert_page(&late, 200);
    assert!(!late.text.contains(&secret(&made)) && late.text.contains("rotate the key"));

    let overview = home(&server, &owner).await;
    assert!(
        !overview.text.contains("Create your first API key")
            && overview.text.contains("Photo &#60;site&#62;")
    );
    assert!(!overview.text.contains(&secret(&made)));
}

#[tokio::test]
async fn a_first_key_that_cannot_be_says_why_beside_the_field() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    for (name, permission, problem) in [
        ("", "asset.read", "name-problem"),
        ("A", "asset.*", "permission-problem"),
        ("A", "all", "permission-problem"),
        ("A", "", "permission-problem"),
        ("A", "not a permission", "permission-problem"),
    ] {
        let refused = server.submit(&owner, "/console", &form("a", name, permission)).await;
        assert_page(&refused, 400);
        assert!(refused.text.contains(&format!("id=\"{problem}\"")), "{permission}: {}", refused.text);
        assert!(
            refused
                .text
                .contains(&format!("name=\"name\" type=\"text\" autocomplete=\"off\" value=\"{name}\""))
        );
    }
    let stale = form("a", "A", "asset.read").replace("organization=1", "organization=2");
    assert_page(&server.submit(&owner, "/console", &stale).await, 409);
    assert_eq!(server.submit(&Who::Nobody, "/console", &form("a", "A", "asset.read")).await.status, 303);
    let keys = server.root("GET", "/v1/api-keys", None).await.data();
    assert_eq!(keys["items"].as_array().unwrap().len(), 1, "the root key alone");
}

#[tokio::test]
async fn a_first_key_lasts_no_longer_than_the_organization_allows() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let own = server.root("GET", "/v1/whoami", None).await.data();
    let path = format!("/v1/organizations/{}", own["organizationId"].as_str().unwrap());
    let bound = json!({"maxExpirySeconds": 86_400});
    assert_eq!(server.root("PATCH", &path, Some(bound)).await.status, 200);
    assert_page(&server.submit(&owner, "/console", &form("a", "Bounded", "asset.read")).await, 200);
    let keys = server.root("GET", "/v1/api-keys?q=bounded", None).await.data();
    assert_eq!(keys["items"][0]["expiresAt"], "2026-11-22T09:30:00.000Z");
}

#[tokio::test]
async fn everybody_sees_what_their_role_lets_them() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let (_, developer) = server.join("dev@example.com", "developer").await;
    let (_, viewer) = server.join("view@example.com", "viewer").await;

    let seen = home(&server, &viewer).await;
    assert!(!seen.text.contains("Create your first API key") && !seen.text.contains("Create API key"));
    assert!(seen.text.contains("You have no API keys") && !seen.text.contains("Recent activity"));
    let refused = server.submit(&viewer, "/console", &form("a", "A", "asset.read")).await;
    assert_page(&refused, 403);

    assert!(home(&server, &developer).await.text.contains("Create your first API key"));
    assert_page(&server.submit(&developer, "/console", &form("a", "Mine", "asset.read")).await, 200);
    server.make_key(json!({"name": "Ends soon", "expiresAt": "2026-11-23T09:30:00Z"})).await;
    let seen = home(&server, &developer).await;
    assert!(seen.text.contains("<b>1</b><span>your active keys"), "{}", seen.text);
    assert!(seen.text.contains(">Mine<") && !seen.text.contains("Ends soon"));
    assert!(!seen.text.contains("Recent activity"));

    let seen = home(&server, &owner).await;
    assert!(seen.text.contains("<b>3</b><span>active keys"), "{}", seen.text);
    let ending = between(&seen.text, "Expiring within a week", "</section>");
    assert!(ending.contains("Ends soon") && ending.contains("in 2 days") && !ending.contains("Mine"));
    assert!(seen.text.contains("Recent activity") && seen.text.contains("API key created"));
}
