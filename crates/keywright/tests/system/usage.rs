//! What is gathered of uses of keys is there after an orderly stop.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Deadline, Installation, Server};

#[tokio::test]
async fn counts_and_requests_show_soon_and_outlive_a_stop() {
    let installation = Installation::new();
    let server = installation.start().await;
    let root_key = installation.root_key();
    let root = server.client(&root_key);
    let made = root.post("/v1/api-keys", json!({ "name": "used", "permissions": ["asset.read"] })).await;
    let (id, key) = (made.text("id"), made.text("key"));
    let ask = |permission: &str| json!({ "key": key, "permissions": permission, "method": "GET", "path": "/assets/7?x=y", "ip": "192.0.2.1" });
    for _ in 0..3 {
        assert_eq!(root.post("/v1/api-keys/verify", ask("asset.read")).await.text("code"), "VALID");
    }
    let usage = format!("/v1/usage?apiKeyId={id}&interval=day");
    let deadline = Deadline::after(Duration::from_secs(5));
    let shown = loop {
        let told = root.get(&usage).await.data().clone();
        if let Some(item) = told["items"].get(0) {
            break item.clone();
        }
        assert!(!deadline.has_passed(), "uses show within five seconds");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(shown["counts"], json!({ "VALID": 3 }));

    // These are in memory alone when the server is told to stop.
    for _ in 0..2 {
        assert_eq!(root.post("/v1/api-keys/verify", ask("asset.read")).await.text("code"), "VALID");
        root.post("/v1/api-keys/verify", ask("asset.delete")).await;
    }
    let ended = server.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);

    let server = installation.start().await;
    let root = server.client(&root_key);
    let total = async || {
        let told = root.get(&usage).await.data().clone();
        let items = told["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["total"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(total().await, 7);
    let requests = root.get(&format!("/v1/api-keys/requests?apiKeyId={id}&limit=100")).await.data().clone();
    let requests = requests["items"].as_array().unwrap();
    assert_eq!(requests.len(), 7);
    assert!(
        requests.iter().all(|request| request["path"] == "/assets/7" && request["clientIp"] == "192.0.2.1")
    );
    let denied = requests.iter().filter(|request| request["statusCode"] == 403).count();
    assert_eq!(denied, 2);
    let kept = root.get(&format!("/v1/api-keys/{id}")).await;
    assert_eq!(kept.text("lastUsedIp"), "192.0.2.1");
}

#[tokio::test]
async fn no_request_is_logged_where_the_operator_keeps_none() {
    let installation = Installation::new();
    let mut command = installation.serve();
    command.args(["--requests-retain-days", "0"]);
    let server = Server::start(&installation, command).await;
    let root = server.client(&installation.root_key());
    let made = root.post("/v1/api-keys", json!({ "name": "used", "permissions": ["asset.read"] })).await;
    assert_eq!(root.verdict(&made.text("key")).await, "VALID");
    let ended = server.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    let server = installation.start().await;
    let root = server.client(&installation.root_key());
    assert_eq!(root.get("/v1/api-keys/requests").await.data()["items"], json!([]));
    assert_eq!(root.get("/v1/usage").await.data()["items"][0]["total"], 1);
}
