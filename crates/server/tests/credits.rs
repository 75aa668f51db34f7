//! The contract of credits.

mod harness;

use harness::{Server, Who, request};
use serde_json::{Value, json};

async fn make(server: &Server, credits: Value) -> Value {
    let body = json!({"name": "metered", "permissions": ["asset.read"], "credits": credits});
    server.root("POST", "/v1/api-keys", Some(body)).await.data()
}

async fn verify(server: &Server, key: &Value, cost: u64) -> Value {
    let body = json!({"key": key["key"], "cost": {"credits": cost}});
    server.root("POST", "/v1/api-keys/verify", Some(body)).await.data()
}

#[tokio::test]
async fn verifications_count_credits_down() {
    let server = Server::start().await;
    let refill = json!({"amount": 30, "interval": "daily"});
    let key = make(&server, json!({"remaining": 3, "refill": refill, "lowThreshold": 1})).await;
    assert_eq!(key["credits"], json!({"remaining": 3, "refill": refill, "lowThreshold": 1}));
    let verdict = verify(&server, &key, 1).await;
    assert_eq!((&verdict["code"], &verdict["credits"]), (&json!("VALID"), &json!({"remaining": 2})));
    let verdict = verify(&server, &key, 2).await;
    assert_eq!((&verdict["code"], &verdict["credits"]), (&json!("VALID"), &json!({"remaining": 0})));
    let verdict = verify(&server, &key, 1).await;
    assert_eq!((&verdict["valid"], &verdict["code"]), (&json!(false), &json!("CREDITS_EXHAUSTED")));
    assert_eq!(verdict["credits"], json!({"remaining": 0}));
    // Until the day begins: it is 2026-11-21T09:30:00Z.
    assert_eq!(verdict["retryAfterSeconds"], json!(14 * 3600 + 1800));
    assert_eq!(verdict["keyId"], key["id"]);
    let path = format!("/v1/api-keys/{}", key["id"].as_str().unwrap());
    assert_eq!(server.root("GET", &path, None).await.data()["credits"]["remaining"], 0);
    let listed = server.root("GET", "/v1/api-keys?q=metered", None).await.data();
    assert_eq!(listed["items"][0]["credits"]["remaining"], 0);
    let events = server.root("GET", "/v1/audit-events?action=credits.low", None).await.data();
    assert_eq!(events["items"].as_array().unwrap().len(), 1, "{events}");
    assert_eq!(events["items"][0]["targetId"], key["id"]);
}

#[tokio::test]
async fn a_key_shows_what_could_be_used() {
    let server = Server::start().await;
    let key = make(&server, json!({"remaining": 1600})).await;
    verify(&server, &key, 7).await;
    let path = format!("/v1/api-keys/{}", key["id"].as_str().unwrap());
    assert_eq!(server.root("GET", &path, None).await.data()["credits"], json!({"remaining": 1593}));
    let listed = server.root("GET", "/v1/api-keys?q=metered", None).await.data();
    assert_eq!(listed["items"][0]["credits"]["remaining"], 1593);
    let itself = Who::Key(key["key"].as_str().unwrap().to_owned());
    let own = server.ask(&itself, "GET", "/v1/api-keys/self", None).await;
    assert_eq!(own.data()["credits"]["remaining"], 1593);
}

#[tokio::test]
async fn credits_are_added_and_set() {
    let server = Server::start().await;
    let key = make(&server, json!({"remaining": 100})).await;
    let id = key["id"].as_str().unwrap();
    let path = format!("/v1/api-keys/{id}/credits");
    let change = async |body: Value| server.root("POST", &path, Some(body)).await;
    verify(&server, &key, 1).await;
    assert_eq!(change(json!({"add": 50})).await.data(), json!({"remaining": 149}));
    assert_eq!(change(json!({"set": 5})).await.data(), json!({"remaining": 5}));
    assert_eq!(verify(&server, &key, 5).await["credits"]["remaining"], 0);
    for (body, field) in [
        (json!({}), "add"),
        (json!({"add": 1, "set": 1}), "set"),
        (json!({"add": -1}), "add"),
        (json!({"add": 9_007_199_254_740_992_u64}), "add"),
        (json!({"set": 1.5}), "set"),
        (json!({"more": 1}), "more"),
    ] {
        let refused = change(body.clone()).await;
        assert_eq!(refused.status, 400, "{body}: {}", refused.text);
        assert_eq!(refused.fields(), [field], "{body}");
    }
    let plain = server.root("POST", "/v1/api-keys", Some(json!({"name": "plain"}))).await.data();
    let of_plain = format!("/v1/api-keys/{}/credits", plain["id"].as_str().unwrap());
    assert_eq!(server.root("POST", &of_plain, Some(json!({"add": 1}))).await.status, 409);
    let log = server.root("GET", &format!("/v1/audit-events?target={id}"), None).await.data();
    let mut actions: Vec<&str> =
        log["items"].as_array().unwrap().iter().map(|event| event["action"].as_str().unwrap()).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["apiKey.addCredits", "apiKey.create", "apiKey.setCredits"]);
}

#[tokio::test]
async fn a_top_up_that_is_sent_twice_adds_once() {
    let server = Server::start().await;
    let key = make(&server, json!({"remaining": 0})).await;
    let path = format!("/v1/api-keys/{}/credits", key["id"].as_str().unwrap());
    let send = async |count: u64| {
        let body = json!({"add": count}).to_string();
        let request = request(&Who::Key(server.root_key.clone()), "POST", &path)
            .header("content-type", "application/json")
            .header("idempotency-key", "invoice-17");
        server.send(request.body(body.into()).unwrap()).await
    };
    let first = send(500).await;
    assert_eq!(first.data(), json!({"remaining": 500}), "{}", first.text);
    assert_eq!(verify(&server, &key, 1).await["code"], "VALID");
    assert_eq!(send(500).await.data(), json!({"remaining": 500}), "the first answer again");
    assert_eq!(send(501).await.status, 409);
    assert_eq!(verify(&server, &key, 499).await["credits"]["remaining"], 0);
}

#[tokio::test]
async fn a_time_zone_is_named_as_the_iana_names_it() {
    let server = Server::start().await;
    let me = server.root("GET", "/v1/whoami", None).await.data();
    let path = format!("/v1/organizations/{}", me["organization"]["id"].as_str().unwrap());
    assert_eq!(server.root("GET", &path, None).await.data()["timeZone"], "UTC");
    let set = async |zone: Value| server.root("PATCH", &path, Some(json!({"timeZone": zone}))).await;
    assert_eq!(set(json!("america/new_york")).await.data()["timeZone"], "America/New_York");
    assert_eq!(set(json!("Mars/Olympus")).await.fields(), ["timeZone"]);
    assert_eq!(set(json!(null)).await.data()["timeZone"], "UTC");
}

#[tokio::test]
async fn a_question_that_waits_for_credits_is_counted_once_everywhere() {
    let server = Server::start().await;
    let key = make(&server, json!({"remaining": 5})).await;
    let presented = Who::Key(key["key"].as_str().unwrap().to_owned());
    let counted = async |name: &str, label: &str| {
        let metrics = server.ask(&Who::Nobody, "GET", "/metrics", None).await.text;
        let is_it = |line: &&str| line.starts_with(name) && line.contains(label);
        let value = |line: &str| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
        metrics.lines().filter(is_it).map(value).sum::<u64>()
    };
    assert_eq!(verify(&server, &key, 1).await["credits"], json!({"remaining": 4}));
    let passed = server.ask(&presented, "GET", "/authz?permission=asset.read", None).await;
    assert_eq!(passed.status, 200, "{}", passed.text);
    assert_eq!(counted("keywright_http_requests_total", "/v1/api-keys/verify").await, 1);
    assert_eq!(counted("keywright_http_requests_total", "route=\"/authz\"").await, 1);
    assert_eq!(counted("keywright_verifications_total", "VALID").await, 2);
    assert_eq!(verify(&server, &key, 1).await["credits"], json!({"remaining": 2}));
}
