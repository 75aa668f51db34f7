//! An orderly stop: what has begun is finished, and what was gathered is written.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Deadline, Installation};

#[tokio::test]
async fn a_request_in_flight_is_answered_and_last_use_is_written() {
    let installation = Installation::new();
    let server = installation.start().await;
    let root_key = installation.root_key();
    let root = server.client(&root_key);
    let created = root.post("/v1/api-keys", json!({ "name": "used", "permissions": ["asset.read"] })).await;
    let (id, key) = (created.text("id"), created.text("key"));

    // A request of which the server has seen the head and half of the body.
    let body = json!({ "key": key, "ip": "192.0.2.1", "userAgent": "in flight" }).to_string();
    let (first, second) = body.split_at(10);
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(
        stream,
        "POST /v1/api-keys/verify HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {root_key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{first}",
        body.len()
    )
    .unwrap();
    // A whole request on another connection is answered after the head of this one has been read.
    root.get("/healthz").await;

    server.signal_termination();
    let deadline = Deadline::after(Duration::from_secs(10));
    while TcpStream::connect(server.address()).is_ok() {
        assert!(!deadline.has_passed(), "the server still takes connections");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stream.write_all(second.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"VALID\""), "{answer}");

    let ended = server.ended().await;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);

    let server = installation.start().await;
    let kept = server.client(&root_key).get(&format!("/v1/api-keys/{id}")).await;
    assert_eq!(kept.text("lastUsedIp"), "192.0.2.1");
    assert_eq!(kept.text("lastUsedUserAgent"), "in flight");
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let installation = Installation::new();
    let server = installation.start().await;
    // A client that never finishes its request would be waited for.
    let key = installation.root_key();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    write!(
        stream,
        "POST /v1/api-keys HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: 5\r\n\r\n{{"
    )
    .unwrap();
    server.client("").get("/healthz").await;

    let deadline = Deadline::after(Duration::from_secs(10));
    server.signal_termination();
    while TcpStream::connect(server.address()).is_ok() {
        assert!(!deadline.has_passed(), "the server still takes connections");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.signal_termination();
    let ended = server.ended().await;
    assert_eq!(ended.status.code(), Some(128 + 15), "{}", ended.stderr);
    assert!(!deadline.has_passed(), "it waited for the request");
}
