//! Whatever is sent: an answer, never a panic, and never a pass without a key.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request};
use keywright_server::GatewayRules;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::harness::{Server, endless_body};
use super::{routes, server};

const HEADERS: [&str; 14] = [
    "authorization",
    "x-api-key",
    "cookie",
    "x-original-method",
    "x-original-uri",
    "x-forwarded-method",
    "x-forwarded-uri",
    "x-forwarded-for",
    "forwarded",
    "user-agent",
    "access-control-request-method",
    "x-keywright-key-id",
    "x-request-id",
    "origin",
];

const PATHS: [&str; 9] = [
    "/authz",
    "/authz?permission=photo.read",
    "/authz/nginx",
    "/authz/haproxy",
    "/authz/traefik",
    "/authz/caddy",
    "/authz/envoy",
    "/authz/envoy/a",
    "/envoy.service.auth.v3.Authorization/Check",
];

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(prop_oneof![Just(b'\t'), 0x20_u8..0x7f, 0x80_u8..=0xff], 0..40),
        Just(b"GET".to_vec()),
        Just(b"OPTIONS".to_vec()),
        Just(b"/photos/1".to_vec()),
        Just(b"Bearer x".to_vec()),
    ]
}

#[test]
fn no_headers_panic_or_pass() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server: Server =
        runtime.block_on(server(GatewayRules { routes: routes(), ..GatewayRules::default() }));
    let header = (proptest::sample::select(HEADERS.to_vec()), value());
    let cases = (
        proptest::sample::select(PATHS.to_vec()),
        proptest::sample::select(vec!["GET", "POST", "OPTIONS", "HEAD", "BREW"]),
        proptest::collection::vec(header, 0..8),
    );
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(600) });
    let outcome = runner.run(&cases, |(path, method, headers)| {
        let mut request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        for (name, value) in &headers {
            let value = HeaderValue::from_bytes(value).unwrap();
            request.headers_mut().append(HeaderName::from_static(name), value);
        }
        let reply = runtime.block_on(server.send(request));
        let status = reply.status.as_u16();
        let is_grpc = path.starts_with("/envoy");
        prop_assert!(is_grpc || matches!(status, 401 | 403), "{method} {path}: {status} {}", reply.text);
        prop_assert!(reply.header("x-keywright-key-id").is_none());
        Ok(())
    });
    outcome.unwrap();
}

#[tokio::test]
async fn a_body_is_not_waited_for() {
    let server = server(GatewayRules::default()).await;
    let request = Request::builder().method("POST").uri("/authz").header("x-api-key", &server.root_key);
    let reply = server.send(request.body(endless_body()).unwrap()).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn paths_beside_the_gateways_are_none() {
    let server = server(GatewayRules::default()).await;
    for path in ["/authz/", "/authz/apache", "/authz/nginx/x", "/authz/Envoy/x", "/authznginx"] {
        let reply = super::with_key(&server, path, &server.root_key).await;
        assert_eq!(reply.status, 404, "{path}");
    }
}
