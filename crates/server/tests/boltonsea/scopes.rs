//! What a scope allows on these routes: every call by a key of every single scope.

use serde_json::{Value, json};

use crate::client::{ask, assert_failed, draft, made_of, make, owner};
use crate::harness::Server;

const SCOPES: [&str; 5] = ["READ", "CREATE", "UPDATE", "DELETE", "MANAGE"];

/// Method, path, body, and the statuses for a key with each of the scopes alone.
type Case = (&'static str, &'static str, Option<fn() -> Value>, [u16; 5]);

/// `{key}` is another key of the same owner. The one that closes the organization is refused as the last one.
const CASES: [Case; 9] = [
    ("GET", "/api_keys", None, [200, 403, 403, 403, 403]),
    ("POST", "/api_keys", Some(|| json!({})), [403, 201, 403, 403, 403]),
    ("GET", "/api_keys/{key}", None, [200, 403, 403, 403, 403]),
    ("DELETE", "/api_keys/{key}", None, [403, 403, 403, 204, 403]),
    ("GET", "/organizations", None, [200, 403, 403, 403, 200]),
    ("GET", "/organizations/1", None, [200, 403, 403, 403, 200]),
    ("DELETE", "/organizations/1", None, [403, 403, 403, 403, 409]),
    (
        "PUT",
        "/organizations",
        Some(|| json!({"id": 1, "organization_name": "renamed"})),
        [403, 403, 403, 403, 200],
    ),
    ("POST", "/organizations", Some(|| json!({"organization_name": "new"})), [403, 403, 403, 403, 201]),
];

#[tokio::test]
async fn each_scope_allows_its_methods_and_no_other() {
    let server = Server::start().await;
    let (_, olive) = owner(&server).await;
    for (index, scope) in SCOPES.into_iter().enumerate() {
        let key = make(&server, &olive.key, &[scope]).await;
        for (method, path, body, expected) in CASES {
            let target = make(&server, &olive.key, &["READ"]).await;
            let path = path.replace("{key}", &target.id.to_string());
            // A key hands out its own scope alone.
            let body = body.map(|body| if path == "/api_keys" { draft("x", &[scope]) } else { body() });
            let reply = ask(&server, &key.key, method, &path, body).await;
            let context = format!("{scope}: {method} {path}");
            assert_eq!(reply.status, expected[index], "{context}: {}", reply.text);
            if expected[index] == 403 {
                assert_failed(&reply, 403, "forbidden", None, &context);
                assert!(
                    reply.header("www-authenticate").unwrap().contains("insufficient_scope"),
                    "{context}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_key_cannot_hand_out_a_scope_that_it_does_not_have() {
    let server = Server::start().await;
    let (_, olive) = owner(&server).await;
    let maker = make(&server, &olive.key, &["READ", "CREATE"]).await;
    for within in [vec!["READ"], vec!["CREATE"], vec!["READ", "CREATE"]] {
        made_of(&ask(&server, &maker.key, "POST", "/api_keys", Some(draft("x", &within))).await);
    }
    for beyond in [vec!["UPDATE"], vec!["READ", "DELETE"], vec!["MANAGE"], SCOPES.to_vec()] {
        let reply = ask(&server, &maker.key, "POST", "/api_keys", Some(draft("x", &beyond))).await;
        assert_failed(&reply, 403, "forbidden", None, &beyond.join(","));
    }
}

#[tokio::test]
async fn a_role_bounds_a_scope() {
    let server = Server::start().await;
    server.set_up().await;
    let (member, session) = server.join("dev@example.com", "developer").await;
    let all = made_of(&server.ask(&session, "POST", "/api_keys", Some(draft("all", &SCOPES))).await);
    let rename = json!({"id": 1, "organization_name": "x"});
    let renamed = ask(&server, &all.key, "PUT", "/organizations", Some(rename)).await;
    assert_failed(&renamed, 403, "forbidden", None, "a developer manages no accounts");
    make(&server, &all.key, &["READ"]).await;
    let own = server.root("GET", "/v1/whoami", None).await.data()["organizationId"].clone();
    let path = format!("/v1/orgs/{}/members/{}", own.as_str().unwrap(), member["id"].as_str().unwrap());
    let lowered = server.root("PATCH", &path, Some(json!({"role": "viewer"}))).await;
    assert_eq!(lowered.status, 200, "{}", lowered.text);
    let refused = ask(&server, &all.key, "POST", "/api_keys", Some(draft("x", &["READ"]))).await;
    assert_failed(&refused, 403, "forbidden", None, "a viewer makes no keys");
    assert_eq!(ask(&server, &all.key, "GET", "/api_keys", None).await.status, 200);
}
