//! Bad paths, queries, headers and passwords: each a clear 4xx in the envelope.

mod harness;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use harness::{PASSWORD, Server, Who, request};
use serde_json::json;

#[tokio::test]
async fn paths_that_name_nothing_are_refused() {
    let server = Server::start().await;
    let document = server.document().await;
    let long = "a".repeat(8000);
    let names = [
        "x",
        "1",
        "%00",
        "%ff",
        "%zz",
        "..%2f..%2fetc",
        "%2e%2e",
        "0193f2a17c557b4e9d542f1c5f3f9a10",
        &long,
        "{id}",
    ];
    let mut seen = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().filter(|_| path.contains('{')) {
            for name in names {
                let nobody = "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10";
                let bad =
                    path.replacen("{id}", name, 1).replace("{memberId}", nobody).replace("{name}", name);
                let who = Who::Key(server.root_key.clone());
                let uri: Result<axum::http::Uri, _> = bad.parse();
                // What is no URI at all does not get this far.
                if uri.is_err() {
                    continue;
                }
                let request =
                    request(&who, &method.to_uppercase(), &bad).header(CONTENT_TYPE, "application/json");
                let reply = server.send(request.body("{}".into()).unwrap()).await;
                let which = format!("{method} {}", &bad[..bad.len().min(100)]);
                assert!(
                    (400..500).contains(&reply.status.as_u16()),
                    "{which}: {} {}",
                    reply.status,
                    reply.text
                );
                reply.assert_failed(reply.status.as_u16(), &which);
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[tokio::test]
async fn queries_that_make_no_sense_are_refused() {
    let server = Server::start().await;
    let document = server.document().await;
    let own = server.root("GET", "/v1/whoami", None).await.data();
    let queries = [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("limit=1&limit=2", "limit"),
        ("offset=-1", "offset"),
        ("offset=1000001", "offset"),
        ("offset=18446744073709551616", "offset"),
        ("cursor=garbage", "cursor"),
        ("cursor=%F0%9F%92%A9", "cursor"),
        ("cursor=", "cursor"),
        ("offset=1&cursor=AZPyoXxVe06dVC8cXz-aEA", "cursor"),
        ("nonsense=1", "nonsense"),
        ("Limit=1", "Limit"),
        ("limit=1&%00=1", "\u{0}"),
        ("a=%zz", ""),
        ("a=%ff", ""),
        ("limit=%", ""),
    ];
    let mut lists = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array().cloned().unwrap_or_default();
        if !parameters.iter().any(|parameter| parameter["name"] == "cursor") {
            continue;
        }
        lists += 1;
        let path = path.replace("{id}", own["organizationId"].as_str().unwrap());
        for (query, field) in queries {
            let reply = server.root("GET", &format!("{path}?{query}"), None).await;
            reply.assert_failed(400, &format!("{path}?{query}"));
            let expected: Vec<&str> = if field.is_empty() { vec![] } else { vec![field] };
            assert_eq!(reply.fields(), expected, "{path}?{query}: {}", reply.text);
        }
    }
    assert!(lists >= 6, "{lists}");
    for (query, field) in [
        ("/v1/api-keys?status=live", "status"),
        ("/v1/api-keys?userId=1", "userId"),
        ("/v1/audit-events?since=yesterday", "since"),
        ("/v1/audit-events?target=1", "target"),
        ("/v1/whoami?x=1", "x"),
        ("/v1/permissions?limit=1", "limit"),
    ] {
        let reply = server.root("GET", query, None).await;
        reply.assert_failed(400, query);
        assert_eq!(reply.fields(), [field], "{query}: {}", reply.text);
    }
}

#[tokio::test]
async fn headers_that_are_too_much_or_make_no_sense_are_refused() {
    let server = Server::start().await;
    let who = Who::Key(server.root_key.clone());
    let large = request(&who, "GET", "/v1/whoami").header("x-filler", "x".repeat(100_000));
    server.send(large.body(Body::empty()).unwrap()).await.assert_failed(431, "100 KB of headers");
    let fits = request(&who, "GET", "/v1/whoami").header("x-filler", "x".repeat(30_000));
    assert_eq!(server.send(fits.body(Body::empty()).unwrap()).await.status, 200);
    for key in ["", " ", "with space", "ü", &"x".repeat(256)] {
        let create = request(&who, "POST", "/v1/roles").header("idempotency-key", key.as_bytes());
        let create = create.header(CONTENT_TYPE, "application/json").body(r#"{"name":"r"}"#.into()).unwrap();
        let reply = server.send(create).await;
        reply.assert_failed(400, key);
        assert_eq!(reply.fields(), ["Idempotency-Key"]);
    }
    for organization in ["", "ü", "not-an-organization", "-1"] {
        let named = request(&who, "GET", "/v1/whoami").header("x-org-id", organization.as_bytes());
        let reply = server.send(named.body(Body::empty()).unwrap()).await;
        assert!(matches!(reply.status.as_u16(), 400 | 403), "{organization}: {}", reply.text);
    }
    for id in ["has space", "quote\"", &"x".repeat(65), "ü"] {
        let named = request(&who, "GET", "/v1/whoami").header("x-request-id", id.as_bytes());
        let reply = server.send(named.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, 200);
        assert_ne!(reply.header("x-request-id").unwrap().as_bytes(), id.as_bytes());
    }
}

#[tokio::test]
async fn a_wrong_password_costs_more_each_time() {
    let server = Server::start().await;
    server.set_up().await;
    let wrong = || json!({"email": "owner@example.com", "password": "wrong wrong wrong wrong"});
    let mut statuses = Vec::new();
    for _ in 0..12 {
        let reply = server.ask(&Who::Nobody, "POST", "/v1/sessions", Some(wrong())).await;
        if reply.status == 429 {
            assert!(reply.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
        }
        reply.assert_failed(reply.status.as_u16(), "wrong password");
        statuses.push(reply.status.as_u16());
    }
    assert_eq!(statuses[0], 401);
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    server.advance(24 * 60 * 60);
    let right = json!({"email": "Owner@Example.com", "password": PASSWORD});
    let reply = server.ask(&Who::Nobody, "POST", "/v1/sessions", Some(right)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
}
