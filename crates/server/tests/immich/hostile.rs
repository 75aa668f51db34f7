//! Bodies and requests that no client sends: told in the dialect's own shape, and never a server's error.

use axum::body::Body;
use serde_json::json;

use crate::harness::Reply;
use crate::photo_server::{PhotoServer, Shown, request};

const ROUTES: [(&str, &str); 6] = [
    ("POST", "/api/api-keys"),
    ("PUT", "/api/api-keys/0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10"),
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/change-password"),
    ("POST", "/api/admin/users"),
    ("POST", "/api/system-metadata/admin-onboarding"),
];

async fn send(photos: &PhotoServer, method: &str, path: &str, kind: &str, body: Vec<u8>) -> Reply {
    let asked = request(&photos.admin, method, path).header("content-type", kind);
    photos.server.send(asked.body(Body::from(body)).unwrap()).await
}

fn assert_in_shape(reply: &Reply, context: &str) {
    assert!(reply.status.is_client_error(), "{context}: {} {}", reply.status, reply.text);
    let told = reply.json();
    assert_eq!(told["statusCode"], reply.status.as_u16(), "{context}: {told}");
    assert_eq!(told["correlationId"].as_str(), reply.header("x-immich-cid"), "{context}: {told}");
    assert_eq!(told["error"].as_str(), reply.status.canonical_reason(), "{context}: {told}");
    assert!(told["message"].is_string() || told["message"].is_array(), "{context}: {told}");
    assert_eq!(told.as_object().unwrap().len(), 4, "{context}: {told}");
}

#[tokio::test]
async fn bodies_that_are_no_object_are_refused() {
    let photos = PhotoServer::start().await;
    let deep = "[".repeat(100_000);
    let deep_field = format!("{{\"permissions\": {}{}}}", "[".repeat(120), "]".repeat(120));
    let long = format!("{{\"name\": \"{}\", \"permissions\": [\"all\"]}}", "x".repeat(300));
    let bodies: Vec<Vec<u8>> = vec![
        b"null".to_vec(),
        b"[]".to_vec(),
        b"[\"name\"]".to_vec(),
        b"3".to_vec(),
        b"\"all\"".to_vec(),
        b"{".to_vec(),
        b"{} {}".to_vec(),
        b"{\"permissions\": [\"all\"],}".to_vec(),
        b"{\"name\": \"\\ud800\"}".to_vec(),
        b"\xff\xfe{}".to_vec(),
        b"\0".to_vec(),
        deep.into_bytes(),
        deep_field.into_bytes(),
        long.into_bytes(),
        b"{\"permissions\": [1e999]}".to_vec(),
        b"{\"name\": {\"$ne\": 1}, \"email\": {\"$gt\": \"\"}, \"password\": {\"$gt\": \"\"}}".to_vec(),
        b"{\"name\": \"a\\u0000b\", \"permissions\": [\"all\"], \"isOnboarded\": \"a\"}".to_vec(),
    ];
    for (method, path) in ROUTES {
        for body in &bodies {
            let reply = send(&photos, method, path, "application/json", body.clone()).await;
            let start = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            assert_in_shape(&reply, &format!("{method} {path} {start}"));
        }
    }
}

#[tokio::test]
async fn bodies_of_another_kind_or_size_are_refused() {
    let photos = PhotoServer::start().await;
    for (method, path) in ROUTES {
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"] {
            let reply = send(&photos, method, path, kind, b"{\"permissions\": [\"all\"]}".to_vec()).await;
            assert_eq!(reply.status, 415, "{method} {path} {kind}");
            assert_in_shape(&reply, path);
        }
        let large = format!("{{\"name\": \"{}\"}}", "x".repeat(2 * 1024 * 1024));
        let reply = send(&photos, method, path, "application/json", large.into_bytes()).await;
        assert_eq!(reply.status, 413, "{method} {path}");
        assert_in_shape(&reply, path);
    }
}

#[tokio::test]
async fn headers_and_queries_that_are_no_text_are_nobodys() {
    let photos = PhotoServer::start().await;
    for name in ["x-api-key", "x-immich-user-token", "authorization", "cookie", "x-immich-cid"] {
        let asked = request(&Shown::Nothing, "GET", "/api/users/me").header(name, b"\xff\xfe".as_slice());
        let reply = photos.server.send(asked.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, 401, "{name}: {}", reply.text);
        assert_in_shape(&reply, name);
    }
    for query in ["apiKey=%ff", "apiKey=%", "sessionKey=%00", "&&==&", "apiKey=a&apiKey=b", "apiKey[]=x"] {
        let reply = photos.ask(&Shown::Nothing, "GET", &format!("/api/users/me?{query}"), None).await;
        assert_eq!(reply.status, 401, "{query}: {}", reply.text);
        assert_in_shape(&reply, query);
    }
    let asked = request(&Shown::Nothing, "GET", "/api/users/me").header("x-api-key", "x".repeat(40_000));
    let reply = photos.server.send(asked.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, 431);
    assert_in_shape(&reply, "a large header");
    let asked = request(&Shown::Nothing, "GET", "/api/server/ping").header("x-immich-cid", "x".repeat(300));
    let reply = photos.server.send(asked.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.header("x-immich-cid"), reply.header("x-request-id"), "too long to be a name");
}

#[tokio::test]
async fn a_server_that_takes_too_long_says_so_in_the_same_shape() {
    let settings = keywright_server::ServerSettings {
        request_timeout: std::time::Duration::ZERO,
        ..keywright_server::ServerSettings::default()
    };
    let server = crate::harness::Server::start_with(settings).await;
    let body = json!({"email": "a@example.com", "password": "a long password"});
    let reply =
        crate::photo_server::ask(&server, &Shown::Nothing, "POST", "/api/auth/login", Some(body)).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["statusCode"]), (503, &json!(503)));
}

#[tokio::test]
async fn more_permissions_than_a_key_can_hold_are_refused() {
    let photos = PhotoServer::start().await;
    let body = json!({"permissions": vec!["asset.read"; 600]});
    let reply = photos.ask(&photos.admin, "POST", "/api/api-keys", Some(body)).await;
    assert_in_shape(&reply, "600 permissions");
    assert_eq!(reply.json()["message"][0], "permissions must have at most 256 entries");
}
