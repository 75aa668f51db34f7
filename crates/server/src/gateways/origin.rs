//! Where the original request comes from: what a trusted gateway says of it.
//!
//! Who is connected here is a gateway, and never the client that an allow-list means. So where the gateway is not trusted,
//! the client is unknown: its own address would let every client pass that comes through it.

use std::net::IpAddr;

use axum::http::HeaderMap;

use crate::http::{forwarded_client, peer};
use crate::proxies::Proxies;

/// Where the original request comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The client. `None`: it is not known.
    pub(crate) client: Option<IpAddr>,
    /// The gateway, where it is no trusted proxy: for the operator, who may have forgotten it.
    pub(crate) untrusted: Option<IpAddr>,
}

impl Origin {
    /// What an HTTP gateway says.
    pub(crate) fn of_http(headers: &HeaderMap, proxies: &Proxies) -> Self {
        Self::told(peer(), proxies, || forwarded_client(headers, proxies))
    }

    /// What this peer says, if it is trusted. One that names a trusted proxy as the client names nobody.
    pub(crate) fn told(
        peer: Option<IpAddr>,
        proxies: &Proxies,
        client: impl FnOnce() -> Option<IpAddr>,
    ) -> Self {
        let Some(peer) = peer else { return Self::default() };
        if !proxies.trusted.contains(peer) {
            return Self { client: None, untrusted: Some(peer) };
        }
        let client = client().map(|client| client.to_canonical());
        Self { client: client.filter(|client| !proxies.trusted.contains(*client)), untrusted: None }
    }
}
