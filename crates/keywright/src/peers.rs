//! Whom a connection comes from: its peer, or whom a proxy says that it forwards for before HTTP is spoken.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use keywright_server::Reloader;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::proxy_protocol::{self, Opening};

/// How long a proxy may take to say whom it forwards for. It says so at once; the specification asks for three seconds at
/// least, in which a lost packet is sent again.
const PROXY_HEADER_LIMIT: Duration = Duration::from_secs(5);

/// Knows whom connections come from.
pub(crate) struct Peers {
    reloader: Reloader,
    has_warned: AtomicBool,
}

impl Peers {
    pub(crate) const fn new(reloader: Reloader) -> Self {
        Self { reloader, has_warned: AtomicBool::new(false) }
    }

    /// Whom the connection comes from. `None`: from a proxy that names nobody.
    pub(crate) async fn peer(&self, stream: &mut TcpStream) -> io::Result<Option<SocketAddr>> {
        let peer = stream.peer_addr()?;
        let is_trusted = {
            let proxies = &self.reloader.current().proxies;
            proxies.speak_proxy_protocol.then(|| proxies.trusted.contains(peer.ip()))
        };
        let refusal = match is_trusted {
            None => return Ok(Some(peer)),
            Some(false) => "it is from no trusted proxy",
            Some(true) => match timeout(PROXY_HEADER_LIMIT, read_header(stream)).await {
                Ok(Ok(client)) => return Ok(client),
                Ok(Err(error)) if error.kind() != io::ErrorKind::InvalidData => return Err(error),
                Ok(Err(_)) => "it does not begin with a header of the PROXY protocol",
                Err(_elapsed) => "the header of the PROXY protocol did not come in time",
            },
        };
        // The first one is for the operator who has just set it up; anybody can cause the others.
        if self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::debug!(%peer, "a connection was closed: {refusal}");
        } else {
            tracing::warn!(%peer, "a connection was closed: {refusal}; further ones are logged at debug");
        }
        Err(io::ErrorKind::InvalidData.into())
    }
}

/// Reads the header and no byte beyond it.
async fn read_header(stream: &mut TcpStream) -> io::Result<Option<SocketAddr>> {
    let mut bytes = vec![0; proxy_protocol::MAX_BYTES];
    let mut taken = 0;
    loop {
        let there = stream.peek(&mut bytes[taken..]).await?;
        if there == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let (belongs, header) = match proxy_protocol::read(&bytes[..taken + there]) {
            Opening::Header { length, client } => (length, Some(client)),
            // All of it is the header's, or it would have been told where the header ends.
            Opening::Incomplete => (taken + there, None),
            Opening::Wrong => return Err(io::ErrorKind::InvalidData.into()),
        };
        stream.read_exact(&mut bytes[taken..belongs]).await?;
        taken = belongs;
        if let Some(client) = header {
            return Ok(client);
        }
    }
}
