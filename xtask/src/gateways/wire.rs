//! HTTP/1.1 to the byte: what is sent is exactly what a check wants to send, malformed or not.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result};
use socket2::{Domain, Socket, Type};

const PATIENCE: Duration = Duration::from_secs(15);
/// No answer here is longer.
const MAX_BYTES: u64 = 1024 * 1024;

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    head: String,
    pub(super) body: String,
}

impl Reply {
    /// A header's first value.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }
}

/// A header's first value in the head of a message.
pub(super) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Sends a request without a body and reads the whole answer.
pub(super) fn send(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
) -> Result<Reply> {
    send_with_body(address, method, target, headers, "")
}

/// Sends a request without a body from one of this machine's addresses, and reads the whole answer.
pub(super) fn send_from(
    client: Ipv4Addr,
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
) -> Result<Reply> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((client, 0)).into())?;
    socket.connect_timeout(&address.into(), PATIENCE)?;
    let request = request(method, target, headers, "");
    exchange(socket.into(), &request)
        .with_context(|| format!("{method} http://{address}{target} from {client}"))
}

/// Sends a request and reads the whole answer.
pub(super) fn send_with_body(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Reply> {
    let sent = request(method, target, headers, body);
    TcpStream::connect_timeout(&address, PATIENCE)
        .map_err(anyhow::Error::from)
        .and_then(|stream| exchange(stream, &sent))
        .with_context(|| format!("{method} http://{address}{target}"))
}

fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut request = format!("{method} {target} HTTP/1.1\r\nHost: service.example\r\nConnection: close\r\n");
    for (name, value) in headers {
        _ = write!(request, "{name}: {value}\r\n");
    }
    if !body.is_empty() {
        _ = write!(request, "Content-Length: {}\r\n", body.len());
    }
    request.push_str("\r\n");
    request.push_str(body);
    request.into_bytes()
}

fn exchange(mut stream: TcpStream, request: &[u8]) -> Result<Reply> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(request)?;
    let mut bytes = Vec::new();
    // A gateway that refuses may reset the connection behind its answer: what came counts.
    let ended = stream.take(MAX_BYTES).read_to_end(&mut bytes);
    if bytes.is_empty() {
        ended?;
    }
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").with_context(|| format!("no HTTP answer: {text:?}"))?;
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    let status = status.with_context(|| format!("no status: {head:?}"))?;
    Ok(Reply { status, head: head.to_owned(), body: body.to_owned() })
}
