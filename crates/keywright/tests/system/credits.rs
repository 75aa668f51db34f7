//! Credits through crashes: with the real binary, killed in the middle of uses, no key is used more often than it has
//! credits, and little is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::harness::{Client, Dice, Installation};

const CREDITS: u64 = 6_000;
const CLIENTS: u64 = 16;
const CRASHES: u64 = 4;
/// What a lot holds at most of so many credits, and in case of a crash the uses whose answers did not arrive.
const LOST_AT_MOST: u64 = CREDITS / 16 + CLIENTS;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_gives_no_credit_twice_and_loses_a_lot_at_most() {
    let installation = Installation::new();
    let mut dice = Dice::new(0x00c4_ed17);
    let valid = Arc::new(AtomicU64::new(0));
    let (mut id, mut key) = (String::new(), String::new());
    let mut lost = 0;
    for round in 0..=CRASHES {
        let server = installation.start().await;
        let root = server.client(&installation.root_key());
        if round == 0 {
            let body =
                json!({"name": "metered", "permissions": ["asset.read"], "credits": {"remaining": CREDITS}});
            let made = root.post("/v1/api-keys", body).await;
            (id, key) = (made.text("id"), made.text("key"));
        } else {
            // Nothing is reserved after a start: what is shown is what is left.
            let left = remaining(&root, &id).await;
            let used = valid.load(Ordering::Relaxed);
            assert!(used + lost + left <= CREDITS, "{used} used, {lost} lost before, {left} left");
            let lost_now = CREDITS - used - lost - left;
            assert!(lost_now <= LOST_AT_MOST, "the crash lost {lost_now}");
            lost += lost_now;
        }
        let callers: Vec<_> = (0..CLIENTS)
            .map(|_| tokio::spawn(use_up(root.clone(), key.clone(), Arc::clone(&valid))))
            .collect();
        if round < CRASHES {
            tokio::time::sleep(Duration::from_millis(40 + dice.below(160))).await;
            server.kill();
            for caller in callers {
                caller.await.unwrap();
            }
            continue;
        }
        for caller in callers {
            caller.await.unwrap();
        }
        assert_eq!(remaining(&root, &id).await, 0);
        assert_eq!(root.verdict(&key).await, "CREDITS_EXHAUSTED");
        let ended = server.stop().await;
        assert!(ended.status.success(), "{}", ended.stderr);
    }
    let used = valid.load(Ordering::Relaxed);
    println!("kill -9: {CRASHES} crashes, {used} of {CREDITS} credits used, {lost} lost");
    assert_eq!(used + lost, CREDITS);
    assert!(used > CREDITS / 2, "too little was used to prove anything: {used}");
}

#[tokio::test]
async fn a_server_that_is_stopped_loses_nothing() {
    let installation = Installation::new();
    let server = installation.start().await;
    let root = server.client(&installation.root_key());
    let body = json!({"name": "metered", "permissions": ["asset.read"], "credits": {"remaining": 1600}});
    let made = root.post("/v1/api-keys", body).await;
    assert_eq!(root.verdict(&made.text("key")).await, "VALID");
    server.stop().await;
    let server = installation.start().await;
    let root = server.client(&installation.root_key());
    assert_eq!(remaining(&root, &made.text("id")).await, 1599);
    server.stop().await;
}

async fn remaining(root: &Client, id: &str) -> u64 {
    let key = root.get(&format!("/v1/api-keys/{id}")).await;
    key.data()["credits"]["remaining"].as_u64().expect("the key shows its credits")
}

/// Uses the key until it is exhausted or the server is gone, and counts how often it was told that it may.
async fn use_up(root: Client, key: String, valid: Arc<AtomicU64>) {
    let question = json!({ "key": key });
    loop {
        let Ok(answer) = root.try_send(Method::POST, "/v1/api-keys/verify", Some(&question)).await else {
            return;
        };
        match (answer.status, answer.body["data"]["code"].as_str()) {
            (200, Some("VALID")) => valid.fetch_add(1, Ordering::Relaxed),
            (200, Some("CREDITS_EXHAUSTED")) => return,
            // The machine was too busy to reserve in time.
            (503, _) => continue,
            other => panic!("{other:?}: {}", answer.body),
        };
    }
}
