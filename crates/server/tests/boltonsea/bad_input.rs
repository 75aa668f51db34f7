//! What cannot be accepted is said in this dialect's shape, whoever finds it: a route, the router, or the frame around
//! all of it.

use std::time::Duration;

use axum::body::Body;
use keywright_server::ServerSettings;
use serde_json::json;

use crate::client::{ask, assert_failed, draft};
use crate::harness::{Server, Who, endless_body, request};

const ROOTS: [&str; 2] = ["/api_keys", "/organizations"];

#[tokio::test]
async fn a_field_that_is_wrong_is_named() {
    let server = Server::start().await;
    let good = draft("k", &["READ"]);
    let with = |field: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    let without = |field: &str| {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(field);
        body
    };
    let mut cases = vec![(json!({}), "key_name"), (with("expires_on", json!("2030-01-01")), "expires_on")];
    for field in ["key_name", "key_scope", "organization_id"] {
        cases.push((without(field), field));
        for wrong in [json!(null), json!(true), json!({}), json!(1.5), json!("")] {
            cases.push((with(field, wrong), field));
        }
    }
    for scope in
        [json!([]), json!(["ADMIN"]), json!("read"), json!("READ,"), json!([1]), json!(["READ", null])]
    {
        cases.push((with("key_scope", scope), "key_scope"));
    }
    for organization in [json!("one"), json!("1 # Type: integer"), json!("1.0"), json!(1e30), json!([1])] {
        cases.push((with("organization_id", organization), "organization_id"));
    }
    cases.push((with("key_name", json!("x".repeat(256))), "key_name"));
    cases.push((with("key_name", json!(["k"])), "key_name"));
    for (body, field) in cases {
        let reply = ask(&server, &server.root_key, "POST", "/api_keys", Some(body.clone())).await;
        assert_failed(&reply, 400, "bad_request", Some(field), &body.to_string());
        let message = reply.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(field), "{body}: {message}");
    }
    let all = ask(&server, &server.root_key, "POST", "/api_keys", Some(json!({}))).await.json();
    let message = "key_name is required; key_scope is required; organization_id is required";
    assert_eq!(all["error"]["message"], message);
}

#[tokio::test]
async fn an_id_that_is_no_integer_is_400() {
    let server = Server::start().await;
    for id in ["x", "1.0", "1e3", "+1", "%201", "9223372036854775808", "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10"]
    {
        for method in ["GET", "DELETE"] {
            let reply = ask(&server, &server.root_key, method, &format!("/api_keys/{id}"), None).await;
            assert_failed(&reply, 400, "bad_request", Some("key_id"), id);
        }
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_400() {
    let server = Server::start().await;
    for root in ROOTS {
        for body in ["", " ", "{", "[]", "null", "3", "{\"a", "{} {}", "\u{feff}{}", "key_name=k"] {
            let request = request(&Who::Key(server.root_key.clone()), "POST", root)
                .header("content-type", "application/json; charset=utf-8");
            let reply = server.send(request.body(Body::from(body)).unwrap()).await;
            assert_failed(&reply, 400, "bad_request", None, body);
        }
    }
}

#[tokio::test]
async fn nobody_gets_in() {
    let server = Server::start().await;
    for (method, path) in [
        ("GET", "/api_keys"),
        ("POST", "/api_keys"),
        ("GET", "/api_keys/1"),
        ("DELETE", "/api_keys/1"),
        ("GET", "/organizations"),
        ("POST", "/organizations"),
        ("PUT", "/organizations"),
        ("GET", "/organizations/1"),
        ("DELETE", "/organizations/1"),
    ] {
        let nobody = server.ask(&Who::Nobody, method, path, None).await;
        assert_failed(&nobody, 401, "unauthorized", None, path);
        assert_eq!(nobody.header("www-authenticate"), Some("Bearer"), "{path}");
        let unknown = ask(&server, "kw_nonsense", method, path, None).await;
        assert_failed(&unknown, 401, "unauthorized", None, path);
        assert!(!unknown.text.contains("nonsense"), "{path}");
    }
    let two = request(&Who::Key(server.root_key.clone()), "GET", "/api_keys").header("x-api-key", "kw_other");
    let reply = server.send(two.body(Body::empty()).unwrap()).await;
    assert_failed(&reply, 400, "bad_request", None, "two keys");
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there() {
    let server = Server::start().await;
    for root in ROOTS {
        for path in [format!("{root}/"), format!("{root}/1/x"), format!("{root}//"), format!("{root}/1/")] {
            let reply = ask(&server, &server.root_key, "GET", &path, None).await;
            assert_failed(&reply, 404, "not_found", None, &path);
        }
        let bytes = ask(&server, &server.root_key, "GET", &format!("{root}/%ff"), None).await;
        assert_failed(&bytes, 400, "bad_request", None, "bytes that are no text");
        for (method, path) in [
            ("PATCH", root.to_owned()),
            ("DELETE", root.to_owned()),
            ("PUT", format!("{root}/1")),
            ("POST", format!("{root}/1")),
        ] {
            let reply = ask(&server, &server.root_key, method, &path, None).await;
            assert_failed(&reply, 405, "method_not_allowed", None, &path);
            assert!(reply.header("allow").is_some_and(|allow| allow.contains("GET")), "{path}");
        }
        let reply = ask(&server, &server.root_key, "GET", &format!("{root}?limit=1"), None).await;
        assert_failed(&reply, 400, "bad_request", Some("limit"), "a parameter");
    }
    // Outside of the dialect's paths nothing is told in its shape.
    server.root("GET", "/api_keysx", None).await.assert_failed(404, "another path");
}

#[tokio::test]
async fn too_much_and_of_another_kind() {
    let server = Server::start().await;
    let post = |kind: &str, body: String| {
        let request =
            request(&Who::Key(server.root_key.clone()), "POST", "/api_keys").header("content-type", kind);
        server.send(request.body(Body::from(body)).unwrap())
    };
    let large = post("application/json", format!("{{\"key_name\":\"{}\"}}", "x".repeat(1 << 20))).await;
    assert_failed(&large, 413, "payload_too_large", None, "1 MiB");
    let form = post("application/x-www-form-urlencoded", "key_name=k".to_owned()).await;
    assert_failed(&form, 415, "unsupported_media_type", None, "a form");
    let headers = request(&Who::Key(server.root_key.clone()), "GET", "/api_keys")
        .header("x-padding", "x".repeat(40_000));
    let headers = server.send(headers.body(Body::empty()).unwrap()).await;
    assert_failed(&headers, 431, "headers_too_large", None, "40 KB of headers");
}

#[tokio::test]
async fn too_often_is_429() {
    let server = Server::start().await;
    for _ in 0..10_000 {
        let reply = ask(&server, "kw_nonsense", "GET", "/api_keys", None).await;
        if reply.status == 429 {
            assert_failed(&reply, 429, "too_many_requests", None, "");
            assert!(reply.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
            assert_eq!(ask(&server, &server.root_key, "GET", "/api_keys", None).await.status, 200);
            return;
        }
        assert_failed(&reply, 401, "unauthorized", None, "");
    }
    panic!("10,000 wrong keys in no time were all looked at");
}

#[tokio::test]
async fn what_cannot_be_done_now_is_503() {
    let settings = ServerSettings { request_timeout: Duration::from_millis(1), ..ServerSettings::default() };
    let server = Server::start_with(settings).await;
    let slow = request(&Who::Key(server.root_key.clone()), "POST", "/api_keys");
    let slow = slow.header("content-type", "application/json").body(endless_body()).unwrap();
    let slow = server.send(slow).await;
    assert_failed(&slow, 503, "unavailable", None, "too slow");
    assert_eq!(slow.header("retry-after"), Some("1"));
    let server = Server::start().await;
    server.engine.stop().await;
    let stopped = ask(&server, &server.root_key, "POST", "/api_keys", Some(draft("k", &["READ"]))).await;
    assert_failed(&stopped, 503, "unavailable", None, "stopped");
}
