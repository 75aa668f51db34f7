//! HTTP/2 without TLS on the port of HTTP/1, as gRPC speaks it.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use reqwest::{Method, StatusCode, Version};
use serde_json::Value;

use crate::harness::{Deadline, Installation, Server};

type Body = Full<&'static [u8]>;

fn request(server: &Server, key: &str, method: Method, path: &str) -> http::request::Builder {
    let uri = format!("http://{}{path}", server.address());
    http::Request::builder().method(method).uri(uri).header("authorization", format!("Bearer {key}"))
}

fn client() -> Client<HttpConnector, Body> {
    Client::builder(TokioExecutor::new()).http2_only(true).build_http()
}

#[tokio::test]
async fn both_are_answered_on_one_port() {
    let installation = Installation::new();
    let server = installation.start().await;
    let key = installation.root_key();
    let client = client();
    let whoami = request(&server, &key, Method::GET, "/v1/whoami").body(Body::default()).unwrap();
    let answer = client.request(whoami).await.unwrap();
    assert_eq!((answer.status(), answer.version()), (StatusCode::OK, Version::HTTP_2));
    assert!(answer.headers().contains_key("x-request-id"));
    let body: Value =
        serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap();
    assert_eq!(body["code"], 200);

    let verify = request(&server, &key, Method::POST, "/v1/api-keys/verify");
    let verify =
        verify.header("content-type", "application/json").body(Body::new(br#"{"key":"kw_x"}"#)).unwrap();
    let answer = client.request(verify).await.unwrap();
    assert_eq!(answer.status(), 200);

    // The limit on headers is the requests' own, whichever HTTP they come by.
    for (filler, expected) in [(30_000, 200), (40_000, 431)] {
        let large = request(&server, &key, Method::GET, "/v1/whoami").header("x-filler", "x".repeat(filler));
        let answer = client.request(large.body(Body::default()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), expected, "{filler}");
    }
    assert_eq!(server.client(&key).get("/v1/whoami").await.status, 200);
}

#[tokio::test]
async fn an_open_connection_does_not_hold_up_the_stop() {
    let installation = Installation::new();
    let server = installation.start().await;
    let client = client();
    let healthz = request(&server, "", Method::GET, "/healthz").body(Body::default()).unwrap();
    let answer = client.request(healthz).await.unwrap();
    assert!(!answer.into_body().collect().await.unwrap().to_bytes().is_empty());
    let deadline = Deadline::after(Duration::from_secs(5));
    assert_eq!(server.stop().await.status.code(), Some(0));
    assert!(!deadline.has_passed(), "it waited for {:?}", deadline.elapsed());
}
