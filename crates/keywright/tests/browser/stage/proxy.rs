//! A proxy that all traffic of a browser takes: it writes down every request, and lets through those to hosts that a test
//! has named. So a page that asks anybody else for anything is seen doing it, and gets no answer.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};

use super::http_head::{Head, is_named};

/// Names that stand for the machine that the tests run on.
const HERE: [&str; 2] = ["127.0.0.1:", "localhost:"];

/// Where the browser asks for what it wants for itself: as it was told to, and for dictionaries, which it cannot be told.
const ITS_OWN: [&str; 2] = [".browser.invalid", "redirector.gvt1.com:443"];

/// A request as it came by.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Host and port that it was for.
    pub(crate) authority: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) has_cookie: bool,
}

/// A proxy on a port of its own, until it is dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(stream, Arc::clone(&record)));
            }
        });
        Self { address, seen, task }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every request up to now.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// All hosts that were asked for anything, with their ports.
    pub(crate) fn hosts(&self) -> BTreeSet<String> {
        self.seen().into_iter().map(|request| request.authority).collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers one request, and ends the connection: what comes on it next would not be seen.
async fn pass(mut browser: TcpStream, record: Arc<Mutex<Vec<Request>>>) {
    let Some(head) = Head::read(&mut browser).await else { return };
    // `http://host:port/path`; for an encrypted connection, and for a web socket, `host:port`.
    let absolute = head.target.strip_prefix("http://").unwrap_or(&head.target);
    let (authority, path) = absolute.split_at(absolute.find('/').unwrap_or(absolute.len()));
    if !ITS_OWN.iter().any(|own| authority.ends_with(own)) {
        record.lock().unwrap().push(Request {
            authority: authority.to_owned(),
            method: head.method.clone(),
            path: path.to_owned(),
            has_cookie: head.has("cookie"),
        });
    }
    let is_here = HERE.iter().any(|here| authority.starts_with(here));
    let is_for_us = is_here && head.method != "CONNECT";
    let server = if is_for_us { TcpStream::connect(authority).await.ok() } else { None };
    let Some(mut server) = server else {
        let refusal = b"HTTP/1.1 502 Not for this test\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        // A browser that has gone does not wait for it.
        let _ = browser.write_all(refusal).await;
        return;
    };
    let mut sent = format!("{} {path} HTTP/1.1\r\n", head.method);
    let of_the_connection =
        |line: &&String| is_named(line, "connection") || is_named(line, "proxy-connection");
    for line in head.headers.iter().filter(|line| !of_the_connection(line)) {
        let _ = write!(sent, "{line}\r\n");
    }
    sent.push_str("Connection: close\r\n\r\n");
    let mut sent = sent.into_bytes();
    sent.extend(head.body_begin);
    // Either side may go at any time; the other sees the connection end.
    if server.write_all(&sent).await.is_ok() {
        let _ = tokio::io::copy_bidirectional(&mut browser, &mut server).await;
    }
}
