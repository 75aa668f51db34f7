//! Gateways ask the real server: its route table changes under load, and what strangers send is not in its log.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;

use crate::harness::{Installation, Server};

const OPEN: &str = "[[gateways.routes]]\nmethod = \"*\"\npath = \"/admin/**\"\ndemand = \"key\"\n";
const CLOSED: &str =
    "[[gateways.routes]]\nmethod = \"*\"\npath = \"/admin/**\"\npermissions = [\"admin.use\"]\n";
const WRONG: &str = "[[gateways.routes]]\nmethod = \"*\"\npath = \"admin\"\npermissions = [\"admin.use\"]\n";

/// Asks as nginx does; the status of the answer.
async fn ask(http: &reqwest::Client, server: &Server, target: &str, key: &str) -> u16 {
    let question = http
        .get(format!("http://{}/authz/nginx", server.address()))
        .header("x-original-method", "GET")
        .header("x-original-uri", target)
        .bearer_auth(key);
    question.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn the_route_table_changes_between_two_requests() {
    let installation = Installation::new();
    let write = |text: &str| fs::write(installation.path("kw.toml"), text).unwrap();
    write(OPEN);
    let mut command = installation.serve();
    command.args(["--config", "kw.toml"]);
    let server = Arc::new(Server::start(&installation, command).await);
    let made = server.client(&installation.root_key());
    let made = made.post("/v1/api-keys", json!({"name": "k", "permissions": ["photo.read"]})).await;
    let key = made.text("key");
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    assert_eq!(ask(&http, &server, "/admin/x", &key).await, 200);

    // All the while others ask, and each is answered.
    let (is_over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let askers: Vec<_> = (0..8)
        .map(|_| {
            let (http, server, key) = (http.clone(), Arc::clone(&server), key.clone());
            let (is_over, answered) = (Arc::clone(&is_over), Arc::clone(&answered));
            tokio::spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    let status = ask(&http, &server, "/admin/x", &key).await;
                    assert!(matches!(status, 200 | 403), "{status}");
                    assert_eq!(ask(&http, &server, "/photos/1", &key).await, 200);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for _ in 0..3 {
        for (text, told, status) in [
            (CLOSED, "the configuration was read again", 403),
            (WRONG, "does not begin with a slash (kw.toml:3)", 403),
            (OPEN, "the configuration was read again", 200),
        ] {
            let before = server.log().matches(told).count();
            write(text);
            server.signal_hangup();
            server.wait_for_log_times(told, before + 1).await;
            assert_eq!(ask(&http, &server, "/admin/x", &key).await, status);
        }
    }
    is_over.store(true, Ordering::Relaxed);
    for asker in askers {
        asker.await.unwrap();
    }
    assert!(answered.load(Ordering::Relaxed) > 0);
    let server = Arc::into_inner(server).expect("the askers are done");
    assert_eq!(server.stop().await.status.code(), Some(0));
}

#[tokio::test]
async fn what_is_let_through_is_not_logged_and_no_url_ever_is() {
    let installation = Installation::new();
    let server = installation.start().await;
    let key = installation.root_key();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for _ in 0..3 {
        assert_eq!(ask(&http, &server, "/photos/1?token=hush", &key).await, 200);
    }
    assert!(!server.log().contains("/authz"), "{}", server.log());
    assert_eq!(ask(&http, &server, &format!("/photos/1?token={key}"), &key).await, 401);
    let url = format!("http://{}/authz?secret=hush", server.address());
    for _ in 0..5 {
        let reply = http.get(&url).bearer_auth(&key).send().await.unwrap();
        assert_eq!(reply.status().as_u16(), 403);
    }
    server.wait_for_log("GATEWAY_MISCONFIGURED").await;
    let log = server.log();
    assert_eq!(log.matches("GATEWAY_MISCONFIGURED").count(), 1, "it is told once: {log}");
    assert!(log.contains("a parameter that is not known") && log.contains("route=\"/authz/nginx\""), "{log}");
    assert!(!log.contains("hush") && !log.contains(&key), "{log}");
    assert_eq!(server.stop().await.status.code(), Some(0));
}
