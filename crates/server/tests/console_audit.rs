//! The page about the audit log, as a browser meets it.

mod harness;

use harness::page::assert_page;
use harness::{Server, Who, request};
use serde_json::{Value, json};

#[tokio::test]
async fn events_are_shown_filtered_and_refused_to_whoever_may_not_see_them() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let key = server.make_key(json!({"name": "worker", "permissions": ["asset.read"]})).await;
    let id = key["id"].as_str().unwrap();
    assert_eq!(server.root("DELETE", &format!("/v1/api-keys/{id}"), None).await.status, 200);
    let all = server.ask(&owner, "GET", "/console/audit", None).await;
    assert_page(&all, 200);
    for said in ["API key created", "API key revoked", &format!("/console/keys/{id}")] {
        assert!(all.text.contains(said), "{said}");
    }
    let revoked = server.ask(&owner, "GET", "/console/audit?action=apiKey.revoke", None).await;
    assert!(revoked.text.contains("API key revoked") && !revoked.text.contains("API key created"));
    let before = server.ask(&owner, "GET", "/console/audit?to=2001-01-01", None).await;
    assert!(before.text.contains("No matching events"));
    assert_page(&server.ask(&owner, "GET", "/console/audit?after=there", None).await, 400);
    for odd in ["from=someday", "target=it"] {
        assert_page(&server.ask(&owner, "GET", &format!("/console/audit?{odd}"), None).await, 400);
        assert_page(&server.ask(&owner, "GET", &format!("/console/audit/export?{odd}"), None).await, 400);
    }
    let (_, developer) = server.join("dev@example.com", "developer").await;
    for path in ["/console/audit", "/console/audit/export"] {
        assert_page(&server.ask(&developer, "GET", path, None).await, 403);
    }
    assert!(!server.ask(&developer, "GET", "/console/keys", None).await.text.contains("/console/audit"));
}

#[tokio::test]
async fn all_events_can_be_taken_away_as_a_file() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    // More than one page of the list, and a User-Agent that a spreadsheet would take for a formula.
    for _ in 0..120 {
        let body = json!({"name": "a, \"quoted\" name", "permissions": ["asset.read"]}).to_string();
        let formula = request(&Who::Key(server.root_key.clone()), "POST", "/v1/api-keys")
            .header("content-type", "application/json")
            .header("user-agent", "=1+1");
        assert_eq!(server.send(formula.body(body.into()).unwrap()).await.status, 200);
    }
    let csv = server.ask(&owner, "GET", "/console/audit/export?format=csv&action=apiKey.create", None).await;
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    let lines: Vec<&str> = csv.text.trim_end().split("\r\n").collect();
    assert_eq!(lines.len(), 121, "a header and every event");
    assert!(lines[0].starts_with("createdAt,action,actorType") && lines[1].contains(",'=1+1,"));
    assert!(
        lines[1].ends_with('"') && lines[1].contains(r#""{""name"":""a, \""quoted\"" name"""#),
        "{}",
        lines[1]
    );

    let jsonl =
        server.ask(&owner, "GET", "/console/audit/export?format=jsonl&action=apiKey.create", None).await;
    let events: Vec<Value> = jsonl.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 120);
    assert!(events.iter().all(|event| event["action"] == "apiKey.create" && event["userAgent"] == "=1+1"));
}
