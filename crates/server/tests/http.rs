//! What all answers have in common.

mod harness;

use std::time::Duration;

use axum::body::Body;
use harness::{Server, Who, endless_body, request, slow_body};
use keywright_server::ServerSettings;
use serde_json::json;

#[tokio::test]
async fn a_request_has_one_name_from_end_to_end() {
    let server = Server::start().await;
    let named = request(&Who::Nobody, "GET", "/v1/whoami").header("x-request-id", "my-request.1");
    let reply = server.send(named.body(Body::empty()).unwrap()).await;
    reply.assert_failed(401, "nobody");
    assert_eq!(reply.header("x-request-id"), Some("my-request.1"));
    let unnamed = server.root("GET", "/v1/whoami", None).await;
    assert_eq!(unnamed.header("x-request-id").unwrap().len(), 36);
    assert_ne!(
        unnamed.header("x-request-id"),
        server.root("GET", "/v1/whoami", None).await.header("x-request-id")
    );
}

#[tokio::test]
async fn challenges_say_what_is_missing() {
    let server = Server::start().await;
    let challenge = async |who: Who, method: &str, path: &str, body| {
        let reply = server.ask(&who, method, path, body).await;
        reply.header("www-authenticate").map(str::to_owned)
    };
    let nobody = challenge(Who::Nobody, "GET", "/v1/whoami", None).await;
    assert_eq!(nobody.as_deref(), Some("Bearer"));
    let unknown = challenge(Who::Key("kw_nonsense".into()), "GET", "/v1/whoami", None).await;
    assert_eq!(unknown.as_deref(), Some("Bearer error=\"invalid_token\""));
    let narrow = server.make_key(json!({"name": "n", "permissions": ["asset.read"]})).await;
    let narrow = Who::Key(narrow["key"].as_str().unwrap().to_owned());
    let lacking = challenge(narrow.clone(), "POST", "/v1/api-keys", Some(json!({"name": "x"}))).await;
    assert_eq!(lacking.as_deref(), Some("Bearer error=\"insufficient_scope\", scope=\"apiKey.create\""));
    let reply = server.ask(&narrow, "POST", "/v1/api-keys", Some(json!({"name": "x"}))).await;
    assert_eq!(reply.json()["missing"], json!(["apiKey.create"]));
}

#[tokio::test]
async fn a_key_may_come_in_either_header() {
    let server = Server::start().await;
    let with = |name: &'static str, value: String| {
        let request = request(&Who::Nobody, "GET", "/v1/whoami").header(name, value);
        server.send(request.body(Body::empty()).unwrap())
    };
    assert_eq!(with("x-api-key", server.root_key.clone()).await.status, 200);
    assert_eq!(with("authorization", format!("bearer {}", server.root_key)).await.status, 200);
    with("authorization", format!("Basic {}", server.root_key)).await.assert_failed(401, "another scheme");
    let two =
        request(&Who::Key(server.root_key.clone()), "GET", "/v1/whoami").header("x-api-key", "kw_other");
    server.send(two.body(Body::empty()).unwrap()).await.assert_failed(400, "two keys");
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_envelope() {
    let server = Server::start().await;
    for path in ["/nothing", "/v1/", "/v1/api-keys/", "/v1/api-keys/x/y/z", "/%ff", "//"] {
        server.root("GET", path, None).await.assert_failed(404, path);
    }
    let reply = server.root("PUT", "/v1/api-keys", None).await;
    reply.assert_failed(405, "PUT");
    assert_eq!(reply.header("allow"), Some("POST,GET,HEAD"));
    for method in ["TRACE", "OPTIONS", "BREW", "DELETE"] {
        let reply = server.root(method, "/v1/api-keys/verify", None).await;
        reply.assert_failed(405, method);
        assert_eq!(reply.header("allow"), Some("POST"));
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let settings = ServerSettings { request_timeout: Duration::from_millis(1), ..ServerSettings::default() };
    let server = Server::start_with(settings).await;
    for path in ["/v1/api-keys", "/v1/api-keys/verify"] {
        let slow = request(&Who::Key(server.root_key.clone()), "POST", path);
        let slow = slow.header("content-type", "application/json").body(endless_body()).unwrap();
        let reply = server.send(slow).await;
        reply.assert_failed(503, "too long");
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
    // What is answered from memory does not wait.
    let verified = server.root("POST", "/v1/api-keys/verify", Some(json!({"key": "x"}))).await;
    assert_eq!(verified.status, 200);
}

#[tokio::test]
async fn a_key_that_is_revoked_while_its_request_comes_in_does_nothing() {
    for (path, rest) in
        [("/v1/api-keys", "{\"name\": \"minted\"}"), ("/v1/api-keys/verify", "{\"key\": \"guessed\"}")]
    {
        let server = Server::start().await;
        let made =
            server.root("POST", "/v1/api-keys", Some(json!({"name": "thief", "permissions": ["all"]}))).await;
        let (id, key) =
            (made.data()["id"].as_str().unwrap().to_owned(), made.data()["key"].as_str().unwrap().to_owned());
        let (sender, body) = slow_body();
        let request = request(&Who::Key(key), "POST", path).header("content-type", "application/json");
        let asking = server.send(request.body(body).unwrap());
        let meanwhile = async {
            // The request is under way; the key is revoked; then the rest of the request comes, by a clock that stands.
            tokio::task::yield_now().await;
            assert_eq!(server.root("DELETE", &format!("/v1/api-keys/{id}"), None).await.status, 200);
            sender.send(bytes::Bytes::from_static(rest.as_bytes())).unwrap();
        };
        let (reply, ()) = tokio::join!(asking, meanwhile);
        assert_eq!(reply.status, 401, "{path}");
    }
}

/// The two questions that have a way of their own are in the frame all the same.
#[tokio::test]
async fn what_is_asked_most_is_named_held_within_limits_and_logged_as_all_is() {
    let server = Server::start().await;
    let root = Who::Key(server.root_key.clone());
    let question = json!({"key": server.root_key}).to_string();
    for (method, path, body) in [("POST", "/v1/api-keys/verify", &*question), ("GET", "/authz", "")] {
        let ask = async |name: &'static str, value: &str| {
            let request = request(&root, method, path).header("content-type", "application/json");
            server.send(request.header(name, value).body(Body::from(body.to_owned())).unwrap()).await
        };
        let named = ask("x-request-id", "my-request.1").await;
        assert_eq!(
            (named.status.as_u16(), named.header("x-request-id")),
            (200, Some("my-request.1")),
            "{path}"
        );
        let unnamed = ask("x-other", "y").await;
        let again = ask("x-other", "y").await;
        assert_eq!(unnamed.header("x-request-id").unwrap().len(), 36, "{path}");
        assert_ne!(unnamed.header("x-request-id"), again.header("x-request-id"), "{path}");
        assert_eq!(ask("x-large", &"y".repeat(33 * 1024)).await.status, 431, "{path}");
    }
    let whole = request(&root, "HEAD", "/authz").body(Body::empty()).unwrap();
    let whole = server.send(whole).await;
    assert_eq!((whole.status.as_u16(), whole.text.as_str()), (200, ""));
    let refused = server.ask(&Who::Nobody, "HEAD", "/authz", None).await;
    assert_eq!((refused.status.as_u16(), refused.text.as_str()), (401, ""), "no body follows a HEAD");
    let metrics = server.ask(&Who::Nobody, "GET", "/metrics", None).await.text;
    for line in [
        "keywright_http_requests_total{method=\"POST\",route=\"/v1/api-keys/verify\",status=\"2xx\"} 3",
        "keywright_http_requests_total{method=\"POST\",route=\"/v1/api-keys/verify\",status=\"4xx\"} 1",
        "keywright_http_requests_total{method=\"GET\",route=\"/authz\",status=\"2xx\"} 3",
        "keywright_http_requests_total{method=\"other\",route=\"/authz\",status=\"2xx\"} 1",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
    server.engine.write_uses().await.unwrap();
    let logged = server.root("GET", "/v1/api-keys/requests?limit=100", None).await.data();
    let routes: Vec<&str> =
        logged["items"].as_array().unwrap().iter().filter_map(|item| item["routePattern"].as_str()).collect();
    assert!(routes.contains(&"/v1/api-keys/verify"), "{routes:?}");
}

#[tokio::test]
async fn operators_see_how_it_is() {
    let server = Server::start().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(server.ask(&Who::Nobody, "GET", path, None).await.status, 200);
    }
    server.root("POST", "/v1/api-keys/verify", Some(json!({"key": server.root_key}))).await;
    server.ask(&Who::Key("kw_nonsense".into()), "GET", "/v1/whoami", None).await;
    server.ask(&Who::Nobody, "GET", "/some/secret/path", None).await;
    let metrics = server.ask(&Who::Nobody, "GET", "/metrics", None).await;
    assert!(metrics.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    for line in [
        "keywright_http_requests_total{method=\"POST\",route=\"/v1/api-keys/verify\",status=\"2xx\"} 1",
        "keywright_http_requests_total{method=\"GET\",route=\"other\",status=\"4xx\"} 1",
        "keywright_http_request_duration_seconds_count{route=\"/v1/api-keys/verify\"} 1",
        "keywright_verifications_total{code=\"VALID\"} 1",
        "keywright_refused_credentials_total{code=\"MALFORMED\"} 1",
        "keywright_ready 1",
        "keywright_organizations 1",
        "# EOF",
    ] {
        assert!(metrics.text.contains(line), "{line}\n{}", metrics.text);
    }
    assert!(!metrics.text.contains("secret/path"));

    server.engine.stop().await;
    assert_eq!(server.ask(&Who::Nobody, "GET", "/healthz", None).await.status, 200);
    let reply = server.ask(&Who::Nobody, "GET", "/readyz", None).await;
    reply.assert_failed(503, "stopped");
    server.root("POST", "/v1/api-keys", Some(json!({"name": "x"}))).await.assert_failed(503, "stopped");
}

#[tokio::test]
async fn who_shows_no_credential_is_told_so_before_anything_about_the_path() {
    let server = Server::start().await;
    let body = || Some(json!({}));
    for (method, path, body) in [
        ("GET", "/v1/api-keys/nonsense", None),
        ("PATCH", "/v1/api-keys/nonsense", body()),
        ("DELETE", "/v1/api-keys/nonsense", None),
        ("POST", "/v1/api-keys/nonsense/rotate", body()),
        ("PATCH", "/v1/roles/nonsense", body()),
        ("DELETE", "/v1/roles/%ff", None),
        ("PATCH", "/v1/service-accounts/nonsense", body()),
        ("POST", "/v1/service-accounts/nonsense/disable", None),
        ("PATCH", "/v1/organizations/nonsense", body()),
        ("POST", "/v1/organizations/nonsense/members", body()),
        ("PATCH", "/v1/organizations/nonsense/members/nonsense", body()),
        ("DELETE", "/v1/organizations/nonsense/members/nonsense", None),
        ("DELETE", "/v1/permissions/%ff", None),
        ("GET", "/api_keys/nonsense", None),
        ("DELETE", "/api_keys/nonsense", None),
        ("DELETE", "/organizations/nonsense", None),
        ("DELETE", "/api/api-keys/nonsense", None),
    ] {
        let context = format!("{method} {path}");
        let anonymous = server.ask(&Who::Nobody, method, path, body.clone()).await;
        assert_eq!(anonymous.status, 401, "{context}: {}", anonymous.text);
        if path.starts_with("/v1/") || path.starts_with("/api_keys") {
            assert_eq!(server.root(method, path, body).await.status, 400, "{context}");
        }
    }
}
