//! The log: readable or JSON, as much as was asked for, and never a secret.

use serde_json::{Value, json};

use crate::harness::{Installation, Server};

async fn ended_log(installation: &Installation, flags: &[&str]) -> (String, Vec<String>) {
    let mut command = installation.serve();
    command.args(flags);
    let server = Server::start(installation, command).await;
    let root_key = installation.root_key();
    let root = server.client(&root_key);
    let created = root.post("/v1/api-keys", json!({ "name": "logged", "permissions": ["asset.read"] })).await;
    let key = created.text("key");
    let rotate = format!("/v1/api-keys/{}/rotate", created.text("id"));
    let rotated = root.post(&rotate, json!({ "overlapSeconds": 60 })).await.text("key");
    assert_eq!(root.verdict(&key).await, "VALID");
    assert_eq!(root.with_key(&key).get("/v1/api-keys/self").await.status, 200);
    assert_eq!(root.with_key("kw_wrong").get(&format!("/v1/api-keys?q={key}")).await.status, 401);
    // Wrong in every way that could tempt a message to repeat it.
    root.post("/v1/api-keys/verify", json!({ "key": 7, "permissions": key })).await;
    root.post("/v1/api-keys/verify", json!({ "key": key, key.as_str(): 1 })).await;
    root.get(&format!("/v1/api-keys/{key}")).await;
    root.get(&format!("/{key}")).await;
    let token = installation.read("setup-link").rsplit_once('=').unwrap().1.to_owned();
    root.get(&format!("/console/setup?token={token}")).await;
    let log = server.stop().await.stderr;
    (log, vec![root_key, key, rotated, token, installation.read("pepper")])
}

#[tokio::test]
async fn nothing_secret_is_logged_even_when_everything_is() {
    let installation = Installation::new();
    let everything = "trace,hyper=trace,hyper_util=trace,axum=trace,tokio=trace,tower=trace,keywright=trace";
    let (log, secrets) = ended_log(&installation, &["--log-level", everything]).await;
    assert!(log.contains("/v1/api-keys/{id}/rotate"), "requests are not logged:\n{log}");
    for secret in secrets {
        assert!(!log.contains(&secret), "a secret is in the log");
    }
}

#[tokio::test]
async fn a_json_log_has_an_object_a_line() {
    let installation = Installation::new();
    let (log, _) = ended_log(&installation, &["--log-format", "json"]).await;
    let events: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let listening = events.iter().find(|event| event["message"] == "listening").expect("it tells its start");
    assert_eq!(listening["level"], "INFO");
    assert!(listening["address"].is_string() && listening["timestamp"].is_string(), "{listening}");
    assert!(events.iter().any(|event| event["message"] == "stopped"));
}

#[tokio::test]
async fn a_log_that_is_off_is_empty() {
    let installation = Installation::new();
    let (log, _) = ended_log(&installation, &["--log-level", "off"]).await;
    assert_eq!(log, "");
}
