//! The head of an HTTP request, as far as the proxy and the foreign site need it.

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

/// No browser sends a longer one to a page of ours.
const MAX_BYTES: usize = 64 * 1024;

/// The first line and the header lines of a request, and the first bytes of its body.
pub(super) struct Head {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<String>,
    pub(super) body_begin: Vec<u8>,
}

impl Head {
    /// Reads one. `None` when the connection ends before, or what comes is no HTTP.
    pub(super) async fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            if bytes.len() > MAX_BYTES || stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        };
        let text = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = text.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let headers = lines.map(str::to_owned).collect();
        Some(Self { method, target, headers, body_begin: bytes[end + 4..].to_vec() })
    }

    /// Whether a header is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|line| is_named(line, name))
    }
}

/// Whether a header line is that of `name`.
pub(super) fn is_named(line: &str, name: &str) -> bool {
    line.split_once(':').is_some_and(|(named, _)| named.eq_ignore_ascii_case(name))
}
