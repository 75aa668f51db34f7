//! The contract of `/v1/api-keys`.

mod harness;

use harness::{NOW, Reply, Server, Who};
use serde_json::{Value, json};

fn names(value: &Value) -> Vec<String> {
    let mut names: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    names.sort();
    names
}

fn sorted(mut names: Vec<&str>) -> Vec<String> {
    names.sort_unstable();
    names.into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_key_is_made_with_everything_it_can_have() {
    let server = Server::start().await;
    let body = json!({
        "name": "billing export",
        "description": "nightly",
        "expiresAt": "2030-01-31T12:00:00+02:00",
        "scope": "read-write",
        "permissions": ["asset.read", "apikey:read"],
        "externalId": "customer_4711",
        "metadata": {"plan": "pro", "seats": 3},
        "ipAllowlist": ["192.0.2.7/24", "2001:db8::1"],
        "rateLimits": [{"name": "default", "limit": 100, "windowSeconds": 60}],
        "credits": {"remaining": 1000, "refill": {"amount": 1000, "interval": "monthly"}},
        "enabled": true,
        "prefix": "acme",
    });
    let reply = server.root("POST", "/v1/api-keys", Some(body)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let envelope = reply.json();
    assert_eq!(names(&envelope), sorted(vec!["code", "message", "requestId", "data"]));
    assert_eq!((&envelope["code"], &envelope["message"]), (&json!(200), &json!("success")));
    assert_eq!(envelope["requestId"].as_str(), reply.header("x-request-id"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));

    let key = &envelope["data"];
    let expected = vec![
        "id",
        "number",
        "name",
        "description",
        "keyPrefix",
        "scope",
        "verbs",
        "permissions",
        "organizationId",
        "userId",
        "createdBy",
        "createdAt",
        "updatedAt",
        "expiresAt",
        "enabled",
        "status",
        "externalId",
        "metadata",
        "ipAllowlist",
        "rateLimits",
        "credits",
        "key",
    ];
    assert_eq!(names(key), sorted(expected));
    let text = key["key"].as_str().unwrap();
    assert!(text.starts_with("acme_") && text.starts_with(key["keyPrefix"].as_str().unwrap()));
    assert_eq!(key["scope"], "read-write");
    assert_eq!(key["verbs"], json!(["READ", "CREATE", "UPDATE", "DELETE", "MANAGE"]));
    assert_eq!(key["permissions"], json!(["asset.read", "apikey:read"]));
    assert_eq!(key["expiresAt"], "2030-01-31T10:00:00.000Z");
    assert_eq!(key["createdAt"], "2026-11-21T09:30:00.000Z");
    assert_eq!(key["ipAllowlist"], json!(["192.0.2.0/24", "2001:db8::1/128"]));
    assert_eq!(key["metadata"], json!({"plan": "pro", "seats": 3}));
    assert_eq!(key["credits"]["refill"]["interval"], "monthly");
    assert_eq!(key["status"], "active");

    let again = server.root("GET", &format!("/v1/api-keys/{}", key["id"].as_str().unwrap()), None).await;
    let mut shown = key.clone();
    shown.as_object_mut().unwrap().remove("key");
    assert_eq!(again.data(), shown);
    assert!(!again.text.contains(text));
}

#[tokio::test]
async fn the_least_key_reads_and_leaves_out_what_it_has_not() {
    let server = Server::start().await;
    let key = server.make_key(json!({"name": "least"})).await;
    let expected = vec![
        "id",
        "number",
        "name",
        "keyPrefix",
        "scope",
        "verbs",
        "organizationId",
        "userId",
        "createdBy",
        "createdAt",
        "updatedAt",
        "enabled",
        "status",
        "key",
    ];
    assert_eq!(names(&key), sorted(expected));
    assert_eq!((&key["scope"], &key["verbs"]), (&json!("read"), &json!(["READ"])));
}

#[tokio::test]
async fn a_key_is_found_changed_rotated_and_revoked() {
    let server = Server::start().await;
    let key =
        server.make_key(json!({"name": "one", "permissions": ["asset.read"], "externalId": "c1"})).await;
    let id = key["id"].as_str().unwrap();
    let path = format!("/v1/api-keys/{id}");
    let text = key["key"].as_str().unwrap().to_owned();

    let own = server.ask(&Who::Key(text.clone()), "GET", "/v1/api-keys/self", None).await;
    assert_eq!(own.data()["id"], key["id"], "{}", own.text);

    let changed = server.root("PATCH", &path, Some(json!({"name": "two", "externalId": null}))).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(changed.data()["name"], "two");
    assert_eq!(changed.data().get("externalId"), None);
    assert_eq!(changed.data()["permissions"], json!(["asset.read"]));

    let rotated = server.root("POST", &format!("{path}/rotate"), Some(json!({"overlapSeconds": 60}))).await;
    assert_eq!(rotated.status, 200, "{}", rotated.text);
    let new_text = rotated.data()["key"].as_str().unwrap().to_owned();
    assert_eq!(rotated.data()["id"], key["id"]);
    assert_ne!(new_text, text);
    for good in [&text, &new_text] {
        assert_eq!(verify(&server, good).await["code"], "VALID");
    }
    server.advance(61);
    assert_eq!(verify(&server, &text).await["code"], "REVOKED");
    assert_eq!(verify(&server, &new_text).await["code"], "VALID");

    let revoked = server.root("DELETE", &path, None).await;
    assert_eq!(revoked.status, 200, "{}", revoked.text);
    assert_eq!(names(&revoked.json()), sorted(vec!["code", "message", "requestId"]));
    assert_eq!(verify(&server, &new_text).await["code"], "REVOKED");
    let shown = server.root("GET", &path, None).await.data();
    assert_eq!(shown["status"], "revoked");
    assert!(shown["revokedAt"].is_string());
    server.root("PATCH", &path, Some(json!({"name": "three"}))).await.assert_failed(409, "revoked");
}

#[tokio::test]
async fn lists_go_page_by_page() {
    let server = Server::start().await;
    for number in 0..5 {
        server.make_key(json!({"name": format!("list {number}")})).await;
        server.advance(1);
    }
    let first = server.root("GET", "/v1/api-keys?limit=2&q=list", None).await.data();
    assert_eq!(names(&first), sorted(vec!["items", "limit", "offset", "hasMore", "nextCursor"]));
    assert_eq!(first["items"][0]["name"], "list 4");
    assert_eq!((&first["limit"], &first["offset"], &first["hasMore"]), (&json!(2), &json!(0), &json!(true)));
    let cursor = first["nextCursor"].as_str().unwrap();
    let second =
        server.root("GET", &format!("/v1/api-keys?limit=3&q=list&cursor={cursor}"), None).await.data();
    assert_eq!(second["items"].as_array().unwrap().len(), 3);
    assert_eq!(second["items"][0]["name"], "list 2");
    assert_eq!((&second["hasMore"], second.get("nextCursor")), (&json!(false), None));
    let by_offset = server.root("GET", "/v1/api-keys?limit=2&q=list&offset=4", None).await.data();
    assert_eq!(by_offset["items"][0]["name"], "list 0");
    assert_eq!(by_offset["offset"], 4);
}

#[tokio::test]
async fn many_keys_are_revoked_by_what_they_are_for() {
    let server = Server::start().await;
    for _ in 0..3 {
        server.make_key(json!({"name": "c1", "externalId": "c1", "permissions": ["asset.read"]})).await;
    }
    let revoke = |dry: bool| json!({"filter": {"externalId": "c1"}, "dryRun": dry});
    let counted = server.root("POST", "/v1/api-keys/revoke", Some(revoke(true))).await;
    assert_eq!(counted.data(), json!({"count": 3, "dryRun": true}), "{}", counted.text);
    let revoked = server.root("POST", "/v1/api-keys/revoke", Some(revoke(false))).await;
    assert_eq!(revoked.data(), json!({"count": 3, "dryRun": false}));
    let again = server.root("POST", "/v1/api-keys/revoke", Some(revoke(false))).await;
    assert_eq!(again.data()["count"], 0);
    server.root("POST", "/v1/api-keys/revoke", Some(json!({"filter": {}}))).await.assert_failed(400, "none");
}

#[tokio::test]
async fn a_verdict_tells_the_key_and_what_is_missing() {
    let server = Server::start().await;
    let key = server
        .make_key(json!({
            "name": "v", "permissions": ["asset.read"], "externalId": "c1", "metadata": {"a": [1, 2]},
            "expiresAt": "2027-01-01T00:00:00Z",
        }))
        .await;
    let ask = |body: Value| server.root("POST", "/v1/api-keys/verify", Some(body));
    let text = key["key"].clone();
    let good = ask(json!({"key": text, "permissions": "asset.read", "method": "GET"})).await.data();
    assert_eq!(
        good,
        json!({
            "valid": true, "code": "VALID", "keyId": key["id"], "name": "v", "organizationId": key["organizationId"],
            "userId": key["userId"], "externalId": "c1", "scope": "read", "permissions": ["asset.read"],
            "expiresAt": "2027-01-01T00:00:00.000Z", "metadata": {"a": [1, 2]},
        })
    );
    let lacking =
        ask(json!({"key": text, "permissions": {"all": ["asset.read", "asset.delete"]}})).await.data();
    assert_eq!((&lacking["valid"], &lacking["code"]), (&json!(false), &json!("INSUFFICIENT_PERMISSIONS")));
    assert_eq!(lacking["missing"], json!(["asset.delete"]));
    assert_eq!(lacking["keyId"], key["id"]);
    let unknown = ask(json!({"key": "kw_nothing"})).await.data();
    assert_eq!(unknown, json!({"valid": false, "code": "MALFORMED"}));
    let all_fields = json!({
        "key": text, "ip": "203.0.113.9", "userAgent": "x/1", "path": "/a", "tags": ["t"],
        "cost": {"credits": 1, "limits": {"default": 2}},
    });
    assert_eq!(ask(all_fields).await.data()["code"], "VALID");
    server.advance(60 * 24 * 60 * 60);
    assert_eq!(ask(json!({"key": text})).await.data()["code"], "EXPIRED");
}

#[tokio::test]
async fn a_senseless_demand_is_refused_in_the_callers_words() {
    let server = Server::start().await;
    let ask = |body: Value| async {
        let reply = server.root("POST", "/v1/api-keys/verify", Some(body)).await;
        reply.assert_failed(400, "demand");
        reply.fields()
    };
    let key = "kw_x";
    assert_eq!(ask(json!({"key": key, "permissions": "asset.*"})).await, ["permissions"]);
    assert_eq!(ask(json!({"key": key, "permissions": ["a.b", "a..b"]})).await, ["permissions[1]"]);
    assert_eq!(ask(json!({"key": key, "permissions": {"all": ["a..b"]}})).await, ["permissions.all[0]"]);
    assert_eq!(ask(json!({"key": key, "permissions": {"any": ["a..b"]}})).await, ["permissions.any[0]"]);
    assert_eq!(ask(json!({"key": key, "permissions": {"some": []}})).await, ["permissions.some"]);
    assert_eq!(ask(json!({"key": key, "permissions": ["a.b", 1]})).await, ["permissions[1]"]);
    assert_eq!(ask(json!({"key": key, "method": "BREW"})).await, ["method"]);
    assert_eq!(ask(json!({"key": key, "ip": "1.2.3"})).await, ["ip"]);
    assert_eq!(ask(json!({"permissions": "a.b"})).await, ["key"]);
}

#[tokio::test]
async fn a_batch_has_a_verdict_for_each() {
    let server = Server::start().await;
    let key = server.make_key(json!({"name": "b", "permissions": ["asset.read"]})).await["key"].clone();
    let items =
        json!({"items": [{"key": key}, {"key": "nonsense"}, {"key": key, "permissions": "asset.write"}]});
    let verdicts = server.root("POST", "/v1/api-keys/verify-batch", Some(items)).await.data();
    let codes: Vec<&str> =
        verdicts["items"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["VALID", "MALFORMED", "INSUFFICIENT_PERMISSIONS"]);

    let bad = |body: Value| async {
        let reply = server.root("POST", "/v1/api-keys/verify-batch", Some(body)).await;
        reply.assert_failed(400, "batch");
        reply.fields()
    };
    assert_eq!(
        bad(json!({"items": [{"key": "x"}, {"key": "x", "permissions": 3}]})).await,
        ["items[1].permissions"]
    );
    assert_eq!(
        bad(json!({"items": [{"key": "x", "permissions": ["a.*"]}]})).await,
        ["items[0].permissions[0]"]
    );
    assert_eq!(bad(json!({"items": []})).await, ["items"]);
    assert_eq!(bad(json!({"items": vec![json!({"key": "x"}); 1001]})).await, ["items"]);
}

#[tokio::test]
async fn foreign_keys_are_taken_over() {
    let server = Server::start().await;
    let sha256_of_test = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let items = json!({"items": [
        {"name": "a", "permissions": ["asset.read"], "digest": {"algorithm": "sha256", "encoding": "hex", "value": sha256_of_test}},
        {"name": "b", "permissions": ["asset.read"], "key": "old-system-key-0123456789"},
        {"name": "c", "permissions": ["asset.read"], "key": "short"},
    ]});
    let reply = server.root("POST", "/v1/api-keys/import", Some(items)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let data = reply.data();
    assert_eq!(data["items"][0]["apiKey"]["name"], "a");
    assert_eq!(data["items"][0]["apiKey"].get("keyPrefix"), None);
    assert_eq!(data["items"][1]["apiKey"]["keyPrefix"], "old-");
    assert_eq!(data["items"][2]["index"], 2);
    assert_eq!(data["items"][2]["error"]["code"], 400);
    assert!(!reply.text.contains("old-system-key-0123456789"));
    assert_eq!(verify(&server, "test").await["code"], "VALID");
    assert_eq!(verify(&server, "old-system-key-0123456789").await["name"], "b");
}

#[tokio::test]
async fn a_repeated_request_is_answered_again_and_not_done_again() {
    let server = Server::start().await;
    let send = |body: &'static str| {
        let request = harness::request(&Who::Key(server.root_key.clone()), "POST", "/v1/api-keys")
            .header("content-type", "application/json")
            .header("idempotency-key", "k1")
            .body(body.into());
        server.send(request.unwrap())
    };
    let first = send(r#"{"name":"once"}"#).await.data();
    assert_eq!(send(r#"{"name":"once"}"#).await.data(), first);
    send(r#"{"name":"twice"}"#).await.assert_failed(409, "another body");
    server.advance(61);
    let mut later = first.clone();
    later.as_object_mut().unwrap().remove("key");
    assert_eq!(send(r#"{"name":"once"}"#).await.data(), later);
    let all = server.root("GET", "/v1/api-keys?q=once", None).await.data();
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
}

async fn verify(server: &Server, key: &str) -> Value {
    let reply: Reply = server.root("POST", "/v1/api-keys/verify", Some(json!({"key": key}))).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.data()
}

#[test]
fn the_clock_stands_where_the_tests_say() {
    assert_eq!(keywright_domain::Timestamp::from_millis(NOW).to_string(), "2026-11-21T09:30:00.000Z");
}
