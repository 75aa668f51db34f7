//! `/v1/usage`: how often keys were answered what.

mod harness;

use harness::{Server, Who};
use serde_json::{Value, json};

async fn usage(server: &Server, who: &Who, query: &str) -> Value {
    server.engine.write_uses().await.unwrap();
    let reply = server.ask(who, "GET", &format!("/v1/usage{query}"), None).await;
    assert_eq!(reply.status, 200, "{query}: {}", reply.text);
    reply.data()
}

async fn verify(server: &Server, key: &Value, permission: &str, times: usize) {
    for _ in 0..times {
        let body = json!({"key": key["key"], "permissions": permission});
        assert_eq!(server.root("POST", "/v1/api-keys/verify", Some(body)).await.status, 200);
    }
}

fn root(server: &Server) -> Who {
    Who::Key(server.root_key.clone())
}

#[tokio::test]
async fn counts_are_told_by_outcome_over_time() {
    let server = Server::start().await;
    let key = server.make_key(json!({"name": "app", "permissions": ["asset.read"]})).await;
    verify(&server, &key, "asset.read", 3).await;
    verify(&server, &key, "asset.delete", 2).await;
    server.advance(90);
    let item = json!({"key": key["key"]});
    let batch = json!({"items": [item, item]});
    assert_eq!(server.root("POST", "/v1/api-keys/verify-batch", Some(batch)).await.status, 200);

    // 2026-11-21T09:31:30Z
    let all = usage(&server, &root(&server), "").await;
    assert_eq!(
        all,
        json!({
            "since": "2026-10-22T09:00:00.000Z",
            "until": "2026-11-21T09:32:00.000Z",
            "items": [{"total": 7, "counts": {"INSUFFICIENT_PERMISSIONS": 2, "VALID": 5}}],
            "limit": 20, "offset": 0, "hasMore": false,
        })
    );
    let minutes = usage(&server, &root(&server), "?interval=minute&since=2026-11-21T09:30:00Z").await;
    assert_eq!(
        minutes["items"],
        json!([
            {"start": "2026-11-21T09:30:00.000Z", "total": 5, "counts": {"INSUFFICIENT_PERMISSIONS": 2, "VALID": 3}},
            {"start": "2026-11-21T09:31:00.000Z", "total": 2, "counts": {"VALID": 2}},
        ])
    );
    for (interval, start) in [("hour", "2026-11-21T09:00:00.000Z"), ("day", "2026-11-21T00:00:00.000Z")] {
        let told = usage(&server, &root(&server), &format!("?interval={interval}&outcome=VALID")).await;
        assert_eq!(told["items"], json!([{"start": start, "total": 5, "counts": {"VALID": 5}}]));
    }
    let first = usage(&server, &root(&server), "?interval=minute&limit=1").await;
    assert_eq!((first["items"].as_array().unwrap().len(), &first["hasMore"]), (1, &json!(true)));
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = usage(&server, &root(&server), &format!("?interval=minute&limit=1&cursor={cursor}")).await;
    assert_eq!((&second["items"][0]["total"], &second["hasMore"]), (&json!(2), &json!(false)));
    assert!(second.get("nextCursor").is_none());
}

#[tokio::test]
async fn who_uses_what() {
    let server = Server::start().await;
    let body = json!({"name": "exporter", "permissions": ["all"]});
    let account = server.root("POST", "/v1/service-accounts", Some(body)).await.data()["id"].clone();
    let customers = server
        .make_key(json!({"name": "c", "permissions": ["asset.read"], "externalId": "customer-7"}))
        .await;
    let its = server
        .make_key(json!({"name": "e", "permissions": ["asset.read"], "serviceAccountId": account}))
        .await;
    verify(&server, &customers, "asset.read", 1).await;
    verify(&server, &its, "asset.read", 4).await;
    let by_key = usage(&server, &root(&server), "?groupBy=key").await;
    assert_eq!(
        by_key["items"],
        json!([
            {"apiKeyId": its["id"], "name": "e", "serviceAccountId": account, "total": 4, "counts": {"VALID": 4}},
            {
                "apiKeyId": customers["id"], "name": "c", "userId": customers["userId"], "externalId": "customer-7",
                "total": 1, "counts": {"VALID": 1},
            },
        ])
    );
    let by_owner = usage(&server, &root(&server), "?groupBy=owner&interval=day").await;
    let owners: Vec<_> =
        by_owner["items"].as_array().unwrap().iter().map(|item| item["total"].clone()).collect();
    assert_eq!(owners, [json!(4), json!(1)], "{by_owner}");
    let by_customer = usage(&server, &root(&server), "?groupBy=externalId").await;
    assert_eq!(
        by_customer["items"],
        json!([
            {"total": 4, "counts": {"VALID": 4}},
            {"externalId": "customer-7", "total": 1, "counts": {"VALID": 1}},
        ])
    );
    for (filter, total) in [
        (format!("apiKeyId={}", its["id"].as_str().unwrap()), 4),
        (format!("serviceAccountId={}", account.as_str().unwrap()), 4),
        (format!("userId={}", customers["userId"].as_str().unwrap()), 1),
        ("externalId=customer-7".to_owned(), 1),
    ] {
        let told = usage(&server, &root(&server), &format!("?{filter}")).await;
        assert_eq!(told["items"][0]["total"], total, "{filter}");
    }
    for nothing in ["externalId=other", "apiKeyId=0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10", "outcome=REVOKED"] {
        assert_eq!(usage(&server, &root(&server), &format!("?{nothing}")).await["items"], json!([]));
    }
}

#[tokio::test]
async fn organizations_do_not_see_each_others_usage() {
    let server = Server::start().await;
    let owner = server.set_up().await;
    let key = server.make_key(json!({"name": "app", "permissions": ["asset.read"]})).await;
    verify(&server, &key, "asset.read", 3).await;
    let other = server.ask(&owner, "POST", "/v1/organizations", Some(json!({"name": "Other"}))).await.data();
    server.engine.write_uses().await.unwrap();
    for (path, items) in [("/v1/usage", 0), ("/v1/api-keys/requests", 0)] {
        let request =
            harness::request(&owner, "GET", &format!("{path}?apiKeyId={}", key["id"].as_str().unwrap()))
                .header("x-org-id", other["id"].as_str().unwrap());
        let told = server.send(request.body("".into()).unwrap()).await;
        assert_eq!(told.data()["items"].as_array().unwrap().len(), items, "{}", told.text);
    }
    let own = usage(&server, &owner, &format!("?apiKeyId={}", key["id"].as_str().unwrap())).await;
    assert_eq!(own["items"][0]["total"], 3);
}

#[tokio::test]
async fn what_cannot_be_told_is_refused_with_the_field() {
    let server = Server::start().await;
    for (query, field) in [
        ("interval=week", "interval"),
        ("groupBy=colour", "groupBy"),
        ("outcome=valid", "outcome"),
        ("apiKeyId=x", "apiKeyId"),
        ("since=yesterday", "since"),
        ("since=2026-11-21T10:00:00Z&until=2026-11-21T10:00:00Z", "since"),
        ("interval=minute&since=2026-11-01T00:00:00Z", "since"),
        ("interval=minute&since=2026-11-19T12:00:00Z", "until"),
        ("interval=hour&since=2026-01-01T00:00:00Z", "since"),
        ("since=2020-01-01T00:00:00Z", "since"),
        ("until=9999-01-01T00:00:00Z", "until"),
        ("limit=101", "limit"),
        ("cursor=AAAA", "cursor"),
        ("key=x", "key"),
    ] {
        let query = if query.starts_with("until") {
            format!("since=2026-11-20T00:00:00Z&{query}")
        } else {
            query.to_owned()
        };
        let reply = server.root("GET", &format!("/v1/usage?{query}"), None).await;
        reply.assert_failed(400, &query);
        assert_eq!(reply.fields(), [field], "{query}: {}", reply.text);
    }
}

#[tokio::test]
async fn what_is_dropped_shows_in_the_metrics() {
    let server = Server::start().await;
    let metrics = server.ask(&Who::Nobody, "GET", "/metrics", None).await.text;
    for line in ["keywright_dropped_usage_counts_total 0", "keywright_unlogged_requests_total 0"] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
    let key = server.make_key(json!({"name": "app", "permissions": ["asset.read"]})).await;
    let item = json!({"key": key["key"]});
    let batch = json!({"items": vec![item; 1000]});
    assert_eq!(server.root("POST", "/v1/api-keys/verify-batch", Some(batch)).await.status, 200);
    server.engine.write_uses().await.unwrap();
    let metrics = server.ask(&Who::Nobody, "GET", "/metrics", None).await.text;
    let left_out =
        metrics.lines().find_map(|line| line.strip_prefix("keywright_unlogged_requests_total ")).unwrap();
    assert!(left_out.parse::<u64>().unwrap() >= 1000 - 1 - 400, "{left_out}");
}

#[tokio::test]
async fn a_known_key_that_is_refused_here_shows_in_its_usage() {
    let server = Server::start().await;
    let key = server.make_key(json!({"name": "lost", "permissions": ["asset.read"]})).await;
    let id = key["id"].as_str().unwrap();
    assert_eq!(server.root("DELETE", &format!("/v1/api-keys/{id}"), None).await.status, 200);
    let lost = Who::Key(key["key"].as_str().unwrap().to_owned());
    for _ in 0..3 {
        server.ask(&lost, "GET", "/v1/api-keys/self", None).await.assert_failed(401, "revoked");
    }
    // One that nobody knows is nobody's.
    let unknown = Who::Key(format!("{}x", key["key"].as_str().unwrap()));
    server.ask(&unknown, "GET", "/v1/api-keys/self", None).await.assert_failed(401, "malformed");
    let told = usage(&server, &root(&server), "").await;
    assert_eq!(told["items"], json!([{"total": 3, "counts": {"REVOKED": 3}}]));
    let path = format!("/v1/api-keys/requests?apiKeyId={id}");
    let logged = server.root("GET", &path, None).await.data()["items"].clone();
    let last = &logged[0];
    assert_eq!((logged.as_array().unwrap().len(), &last["statusCode"]), (3, &json!(401)));
    assert_eq!((&last["method"], &last["path"]), (&json!("GET"), &json!("/v1/api-keys/self")));
    assert_eq!(
        (&last["routePattern"], &last["clientIp"]),
        (&json!("/v1/api-keys/self"), &json!("203.0.113.7"))
    );
}

#[tokio::test]
async fn a_caller_who_is_refused_by_a_shortcut_shows_on_its_route() {
    let server = Server::start().await;
    let service = server.make_key(json!({"name": "service", "permissions": ["apiKey.verify"]})).await;
    let id = service["id"].as_str().unwrap();
    assert_eq!(server.root("DELETE", &format!("/v1/api-keys/{id}"), None).await.status, 200);
    let lost = Who::Key(service["key"].as_str().unwrap().to_owned());
    let body = Some(json!({"key": server.root_key}));
    server.ask(&lost, "POST", "/v1/api-keys/verify", body).await.assert_failed(401, "revoked");
    server.engine.write_uses().await.unwrap();
    let logged = server.root("GET", &format!("/v1/api-keys/requests?apiKeyId={id}"), None).await.data();
    let last = &logged["items"][0];
    assert_eq!((&last["method"], &last["path"]), (&json!("POST"), &json!("/v1/api-keys/verify")));
    assert_eq!((&last["routePattern"], &last["statusCode"]), (&json!("/v1/api-keys/verify"), &json!(401)));
}

#[tokio::test]
async fn tokens_count_for_their_keys_also_when_they_are_refused() {
    let server = Server::start().await;
    let body = json!({"name": "app", "permissions": ["asset.read"]});
    let key = server.make_key(body).await;
    let bearer = Who::Key(key["key"].as_str().unwrap().to_owned());
    let made = server.ask(&bearer, "POST", "/v1/api-keys/tokens", Some(json!({"ttlSeconds": 60}))).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let token = made.data()["token"].as_str().unwrap().to_owned();
    let introspect = async |active: bool| {
        let request = harness::request(&root(&server), "POST", "/oauth2/introspect")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("token={token}").into());
        let told = server.send(request.unwrap()).await;
        assert_eq!(told.json()["active"], active, "{}", told.text);
    };
    introspect(true).await;
    server.advance(61);
    introspect(false).await;
    introspect(false).await;
    let told = usage(&server, &root(&server), &format!("?apiKeyId={}", key["id"].as_str().unwrap())).await;
    assert_eq!(told["items"], json!([{"total": 3, "counts": {"EXPIRED": 2, "VALID": 1}}]));
    let path = format!("/v1/api-keys/requests?apiKeyId={}", key["id"].as_str().unwrap());
    let logged = server.root("GET", &path, None).await.data()["items"].clone();
    let statuses: Vec<_> =
        logged.as_array().unwrap().iter().map(|entry| entry["statusCode"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [401, 401, 200, 200], "the token's, and the request in which it was made");
    assert!(!logged.to_string().contains(&token));
}
