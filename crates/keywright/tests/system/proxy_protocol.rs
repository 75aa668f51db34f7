//! The PROXY protocol on the real server's socket.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Deadline, Installation, Server};

const V4: &[u8] = b"PROXY TCP4 192.0.2.1 10.0.0.1 40000 443\r\n";
const V6: &[u8] = b"PROXY TCP6 2001:db8::7 ::1 40000 443\r\n";

/// A header of version 2.
fn v2(command: u8, family: u8, block: &[u8]) -> Vec<u8> {
    let length = u16::try_from(block.len()).unwrap().to_be_bytes();
    [b"\r\n\r\n\0\r\nQUIT\n".as_slice(), &[command, family], &length, block].concat()
}

fn v2_v4() -> Vec<u8> {
    v2(0x21, 0x11, &[192, 0, 2, 1, 10, 0, 0, 1, 0x9c, 0x40, 1, 0xbb, 0x04, 0, 3, b'a', b'b', b'c'])
}

fn v2_v6() -> Vec<u8> {
    let mut block = [0; 36];
    block[..4].copy_from_slice(&[0x20, 1, 0x0d, 0xb8]);
    block[15] = 7;
    v2(0x21, 0x21, &block)
}

/// A server whose connections come from trusted proxies, and keys that may be used from one address each.
struct Proxied {
    installation: Installation,
    server: Server,
    /// From 192.0.2.1.
    v4_key: String,
    /// From `2001:db8::7`.
    v6_key: String,
    /// From the proxy's own.
    proxy_key: String,
}

impl Proxied {
    async fn start() -> Self {
        let installation = Installation::new();
        fs::write(installation.path("kw.toml"), "").unwrap();
        let mut command = installation.serve();
        command.args(["--config", "kw.toml"]);
        let server = Server::start(&installation, command).await;
        let root = server.client(&installation.root_key());
        let key = async |address: &str| {
            let body = json!({ "name": address, "permissions": ["asset.read"], "ipAllowlist": [address] });
            root.post("/v1/api-keys", body).await.text("key")
        };
        let (v4_key, v6_key, proxy_key) =
            (key("192.0.2.1").await, key("2001:db8::7").await, key("127.0.0.0/8").await);
        let proxied = Self { installation, server, v4_key, v6_key, proxy_key };
        proxied.configure("[\"127.0.0.0/8\"]").await;
        proxied
    }

    async fn configure(&self, trusted: &str) {
        let text = format!("[proxies]\ntrusted = {trusted}\nprotocol = \"on\"\n");
        fs::write(self.installation.path("kw.toml"), text).unwrap();
        let seen = self.server.log().matches("was read again").count();
        self.server.signal_hangup();
        let deadline = Deadline::after(Duration::from_secs(10));
        while self.server.log().matches("was read again").count() == seen {
            assert!(!deadline.has_passed(), "{}", self.server.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Sends pieces one by one, then reads until the server closes. The status; 0 where there was no answer.
    fn send(&self, pieces: &[&[u8]]) -> u16 {
        let mut stream = TcpStream::connect(self.server.address()).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        for piece in pieces {
            // A server that has closed already reads no more.
            if stream.write_all(piece).is_err() {
                break;
            }
        }
        let mut answer = Vec::new();
        // A reset is an end too.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
    }

    /// The status of a request with a key behind a header.
    fn status(&self, header: &[u8], key: &str, more: &str) -> u16 {
        self.send(&[header, get(key, more).as_bytes()])
    }
}

fn get(key: &str, more: &str) -> String {
    format!(
        "GET /v1/api-keys/self HTTP/1.1\r\nHost: t\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n{more}\r\n"
    )
}

#[tokio::test]
async fn the_client_is_whom_the_header_names() {
    let proxied = Proxied::start().await;
    let (v4_key, v6_key, proxy_key) = (&proxied.v4_key, &proxied.v6_key, &proxied.proxy_key);
    for header in [V4.to_vec(), v2_v4()] {
        assert_eq!(proxied.status(&header, v4_key, ""), 200);
        assert_eq!(proxied.status(&header, v6_key, ""), 401);
        assert_eq!(proxied.status(&header, proxy_key, ""), 401);
    }
    for header in [V6.to_vec(), v2_v6()] {
        assert_eq!(proxied.status(&header, v6_key, ""), 200);
        assert_eq!(proxied.status(&header, v4_key, ""), 401);
    }
    // The client itself is not believed in anything.
    assert_eq!(proxied.status(V6, v4_key, "X-Forwarded-For: 192.0.2.1\r\n"), 401);
    // Another proxy behind the proxy is.
    let inner = b"PROXY TCP4 127.0.0.9 10.0.0.1 1 2\r\n";
    assert_eq!(proxied.status(inner, v4_key, "X-Forwarded-For: 6.6.6.6, 192.0.2.1\r\n"), 200);
    // What is the proxy's own, or of somebody it does not know, is nobody's.
    for header in [b"PROXY UNKNOWN\r\n".to_vec(), v2(0x20, 0, &[]), v2(0x21, 0, &[])] {
        assert_eq!(proxied.status(&header, proxy_key, ""), 401);
        assert_eq!(proxied.status(&header, &proxied.installation.root_key(), ""), 200);
        // Nor of whom a header of the request says.
        for (key, address) in [(v4_key, "192.0.2.1"), (v6_key, "2001:db8::7"), (proxy_key, "127.0.0.1")] {
            let forwarded = format!("X-Forwarded-For: {address}\r\n");
            assert_eq!(proxied.status(&header, key, &forwarded), 401, "{address}");
        }
    }
    assert!(proxied.server.stop().await.status.success());
}

#[tokio::test]
async fn a_header_may_come_in_pieces_and_with_what_follows() {
    let proxied = Proxied::start().await;
    let request = get(&proxied.v4_key, "");
    for header in [V4.to_vec(), v2_v4()] {
        let whole = [header.as_slice(), request.as_bytes()].concat();
        assert_eq!(proxied.send(&[&whole]), 200);
        let bytes: Vec<&[u8]> = whole.chunks(1).collect();
        assert_eq!(proxied.send(&bytes), 200);
    }
}

#[tokio::test]
async fn what_does_not_begin_with_a_header_is_closed() {
    let proxied = Proxied::start().await;
    let request = get(&proxied.v4_key, "");
    let hostile: [&[u8]; 10] = [
        b"",
        b"PROXY TCP4 192.0.2.1\r\n",
        b"PROXY TCP4 192.0.2.1 10.0.0.1 40000 443\n",
        b"PROXY TCP4 192.0.2.256 10.0.0.1 40000 443\r\n",
        b"PROXY TCP4 192.0.2.1 10.0.0.1 40000 443 \r\n",
        b"\r\n\r\n\0\r\nQUIT\n\x11\x11\0\x0c",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\0",
        &vec![b'P'; 100_000],
        &vec![0xff; 100_000],
    ];
    for bytes in hostile {
        assert_eq!(proxied.send(&[bytes, request.as_bytes()]), 0, "{:?}", &bytes[..bytes.len().min(50)]);
    }
    // One that never ends its header is not waited for.
    let deadline = Deadline::after(Duration::from_secs(20));
    for beginning in [b"".as_slice(), &V4[..20], &v2_v4()[..20]] {
        assert_eq!(proxied.send(&[beginning]), 0);
    }
    assert!(!deadline.has_passed(), "it waited for {:?}", deadline.elapsed());
    assert_eq!(proxied.status(V4, &proxied.v4_key, ""), 200);
    assert_eq!(
        proxied.server.log().matches("a connection was closed").count(),
        1,
        "{}",
        proxied.server.log()
    );
}

#[tokio::test]
async fn who_is_no_trusted_proxy_is_refused() {
    let proxied = Proxied::start().await;
    proxied.configure("[\"10.0.0.0/8\"]").await;
    for header in [V4, b""] {
        assert_eq!(proxied.status(header, &proxied.v4_key, ""), 0);
    }
    assert!(proxied.server.log().contains("no trusted proxy"), "{}", proxied.server.log());
}
