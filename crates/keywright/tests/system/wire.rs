//! What no client of good will sends. Each is answered with a 4xx or cut off, and the server lives on.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::harness::{Deadline, Installation};

/// Sends bytes as they are and returns what comes back until the server closes.
fn send(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // A server that has refused already need not read the rest.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    // Ends at the server's close; a reset after the answer is one too.
    while let Ok(length @ 1..) = stream.read(&mut chunk) {
        answer.extend_from_slice(&chunk[..length]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// 0 where there was no answer at all.
fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
}

#[tokio::test]
async fn hostile_requests_are_refused_and_the_server_lives_on() {
    let installation = Installation::new();
    let server = installation.start().await;
    let key = installation.root_key();
    let head = |first: &str, more: &str| {
        format!(
            "{first} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n{more}\r\n"
        )
    };
    let post = |path: &str, body: &[u8]| {
        let more = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        [head(&format!("POST {path}"), &more).as_bytes(), body].concat()
    };
    let verify = "/v1/api-keys/verify";
    let nested = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
    let cases: Vec<(&str, Vec<u8>, &[u16])> = vec![
        (
            "a header of 100 KB",
            head("GET /v1/api-keys", &format!("X-Big: {}\r\n", "x".repeat(100_000))).into(),
            &[400, 431],
        ),
        (
            "a credential of 1 MB",
            format!("GET /v1/api-keys HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {}\r\n\r\n", "k".repeat(1_000_000)).into(),
            // The connection is given up in the middle: the answer may be lost with it.
            &[0, 400, 431],
        ),
        (
            "a credential of 30 KB",
            format!("GET /v1/api-keys HTTP/1.1\r\nHost: t\r\nConnection: close\r\nX-API-Key: {}\r\n\r\n", "k".repeat(30_000)).into(),
            &[401],
        ),
        ("a thousand headers", head("GET /v1/api-keys", &"X-Many: x\r\n".repeat(1000)).into(), &[400, 431]),
        (
            "a path of 100 KB",
            head(&format!("GET /v1/api-keys/{}", "x".repeat(100_000)), "").into(),
            &[400, 404, 414, 431],
        ),
        ("%00 in a path", head("GET /v1/api-keys/%00", "").into(), &[400, 404]),
        ("%00 in a query", head("GET /v1/api-keys?q=%00", "").into(), &[200, 400]),
        ("encoded bytes that are no UTF-8", head("GET /v1/api-keys/%ff%fe", "").into(), &[400, 404]),
        (
            "bytes in a path that are no UTF-8",
            [b"GET /v1/\xff\xfe HTTP/1.1\r\n".as_slice(), b"Host: t\r\n\r\n"].concat(),
            &[400, 404],
        ),
        (
            "a credential that is no UTF-8",
            b"GET /v1/api-keys HTTP/1.1\r\nHost: t\r\nConnection: close\r\nAuthorization: Bearer \xff\r\n\r\n".to_vec(),
            &[400, 401],
        ),
        ("a body that is no UTF-8", post(verify, b"{\"key\":\"\xff\xfe\"}"), &[400]),
        ("a body that is no JSON", post(verify, b"{\"key\":"), &[400]),
        ("a deeply nested body", post(verify, &nested), &[400]),
        ("a body of 10 MB", post(verify, &vec![b'x'; 10_000_000]), &[413]),
        (
            "a body of another type",
            head(&format!("POST {verify}"), "Content-Type: text/plain\r\nContent-Length: 2\r\n")
                .into_bytes()
                .into_iter()
                .chain(*b"{}")
                .collect(),
            &[415],
        ),
        (
            "a length that is no number",
            head(&format!("POST {verify}"), "Content-Length: ten\r\n").into(),
            &[400],
        ),
        (
            "two lengths",
            head(&format!("POST {verify}"), "Content-Length: 1\r\nContent-Length: 2\r\n").into(),
            &[400],
        ),
        ("no HTTP at all", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(), &[400]),
        ("an unknown method", head("BREW /v1/api-keys", "").into(), &[405]),
    ];
    for (name, bytes, allowed) in cases {
        let answer = send(server.address(), &bytes);
        assert!(
            allowed.contains(&status(&answer)),
            "{name}: {}",
            answer.chars().take(300).collect::<String>()
        );
        assert_eq!(server.client("").get("/healthz").await.status, 200, "{name}");
    }
    let ended = server.stop().await;
    assert!(ended.status.success());
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("kkkkkkkk"), "a credential was logged");
}

#[tokio::test]
async fn a_client_that_never_finishes_its_head_is_cut_off() {
    let installation = Installation::new();
    let server = installation.start().await;
    let deadline = Deadline::after(Duration::from_secs(20));
    let beginnings: [&[u8]; 4] =
        [b"GET /healthz HTTP/1.1\r\nHost: test\r\n", b"", b"P", b"PRI * HTTP/2.0\r\n\r\nSM"];
    let mut streams = beginnings.map(|beginning| {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(beginning).unwrap();
        stream
    });
    for (stream, beginning) in streams.iter_mut().zip(beginnings) {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(!deadline.has_passed(), "{beginning:?} was cut off after {:?} only", deadline.elapsed());
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || (400..500).contains(&status(&answer)), "{answer}");
    }
    assert_eq!(server.client("").get("/healthz").await.status, 200);
}

#[tokio::test]
async fn a_client_that_sends_nothing_does_not_hold_up_the_stop() {
    let installation = Installation::new();
    let server = installation.start().await;
    let _silent = TcpStream::connect(server.address()).unwrap();
    let mut undecided = TcpStream::connect(server.address()).unwrap();
    undecided.write_all(b"PRI * ").unwrap();
    // A whole request on another connection is answered after those were accepted.
    server.client("").get("/healthz").await;
    let deadline = Deadline::after(Duration::from_secs(5));
    assert_eq!(server.stop().await.status.code(), Some(0));
    assert!(!deadline.has_passed(), "it waited for {:?}", deadline.elapsed());
}
