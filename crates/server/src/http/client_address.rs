//! Where a request comes from: the one rule that every surface asks.
//!
//! The client is whom the peer's connection comes from. Where that is a trusted proxy, the client is the first address
//! that is no trusted proxy's in the configured header, **read from the right**: each proxy appends whom it was
//! connected by, so what stands left of the first untrusted address was written by whoever wanted to. Where there is no
//! such address (no header, something unreadable, proxies alone), the client is *unknown*, never the proxy: an allow-list
//! refuses an unknown client, and no failure is charged to the proxy that everybody comes through.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::header::FORWARDED;
use axum::http::{Extensions, HeaderMap, HeaderName};

use crate::proxies::{ForwardingHeader, Proxies};

/// The most trusted proxies in a row that are looked past.
const MAX_PROXIES: usize = 32;

/// The other end of a request's connection, where the server that took it said so.
pub(crate) fn connected_to(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| *peer)
}

/// The address of a connection's other end, as it is compared: an IPv4-mapped IPv6 address is its IPv4 address.
pub(super) fn peer_address(peer: SocketAddr) -> IpAddr {
    peer.ip().to_canonical()
}

/// The client of a request that `peer`'s connection brought. `None`: it is not known.
pub(crate) fn client_address(peer: Option<IpAddr>, headers: &HeaderMap, proxies: &Proxies) -> Option<IpAddr> {
    let peer = peer?;
    if proxies.trusted.contains(peer) { forwarded_client(headers, proxies) } else { Some(peer) }
}

/// The client that a trusted proxy's request is for. `None`: it is not known.
pub(crate) fn forwarded_client(headers: &HeaderMap, proxies: &Proxies) -> Option<IpAddr> {
    let syntax = match proxies.header {
        ForwardingHeader::XForwardedFor => X_FORWARDED_FOR_SYNTAX,
        ForwardingHeader::Forwarded => FORWARDED_SYNTAX,
    };
    let mut passed = 0;
    // Several lines are one list (RFC 9110, section 5.3), in their order.
    for line in headers.get_all(syntax.name).iter().rev() {
        let mut rest = Some(line.as_bytes());
        while let Some(list) = rest {
            let (before, element) = (syntax.split_last)(list, b',')?;
            // Also an empty one: a proxy that did not know its client may have written it.
            let address = (syntax.address)(element.trim_ascii())?;
            if !proxies.trusted.contains(address) {
                return Some(address);
            }
            passed += 1;
            if passed > MAX_PROXIES {
                return None;
            }
            rest = before;
        }
    }
    None
}

/// How a header says whom a proxy forwards for.
struct Syntax {
    name: HeaderName,
    split_last: SplitLast,
    /// The address in an element.
    address: fn(&[u8]) -> Option<IpAddr>,
}

/// Splits the last element off a list; `None` where that cannot be told.
type SplitLast = fn(&[u8], u8) -> Option<(Option<&[u8]>, &[u8])>;

const X_FORWARDED_FOR_SYNTAX: Syntax =
    Syntax { name: HeaderName::from_static("x-forwarded-for"), split_last, address: node };
const FORWARDED_SYNTAX: Syntax =
    Syntax { name: FORWARDED, split_last: split_last_unquoted, address: forwarded_for };

#[expect(clippy::unnecessary_wraps, reason = "it is a `SplitLast`")]
fn split_last(list: &[u8], separator: u8) -> Option<(Option<&[u8]>, &[u8])> {
    Some(match list.iter().rposition(|&byte| byte == separator) {
        Some(at) => (Some(&list[..at]), &list[at + 1..]),
        None => (None, list),
    })
}

/// Splits at the last separator that stands outside quotes (RFC 9110, section 5.6.4). It goes from the right, like all
/// of this: an open quote in what a client sent must not swallow what a proxy appended.
fn split_last_unquoted(list: &[u8], separator: u8) -> Option<(Option<&[u8]>, &[u8])> {
    let mut is_quoted = false;
    for at in (0..list.len()).rev() {
        match list[at] {
            b'"' => match (is_escaped(list, at), is_quoted) {
                // Part of what is quoted.
                (true, true) => {}
                // Outside quotes nothing is escaped.
                (true, false) => return None,
                (false, _) => is_quoted = !is_quoted,
            },
            byte if byte == separator && !is_quoted => return Some((Some(&list[..at]), &list[at + 1..])),
            _ => {}
        }
    }
    (!is_quoted).then_some((None, list))
}

/// Whether an odd number of backslashes stands before it.
fn is_escaped(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
}

/// The `for` of an element of `Forwarded`; `None` where it has none or several, or names no address.
fn forwarded_for(element: &[u8]) -> Option<IpAddr> {
    let mut found = None;
    let mut rest = Some(element);
    while let Some(pairs) = rest {
        let (before, pair) = split_last_unquoted(pairs, b';')?;
        rest = before;
        let pair = pair.trim_ascii();
        let equals = pair.iter().position(|&byte| byte == b'=')?;
        let (name, value) = (&pair[..equals], &pair[equals + 1..]);
        if !name.eq_ignore_ascii_case(b"for") {
            continue;
        }
        let value = match value {
            // No address needs an escape in it.
            [b'"', inner @ .., b'"'] => inner,
            bare => bare,
        };
        if found.replace(node(value)?).is_some() {
            return None;
        }
    }
    found
}

/// An address, in brackets or not, with a port or without. An obfuscated name or `unknown` (RFC 7239, section 6) is none.
fn node(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    let address = if let Some(bracketed) = text.strip_prefix('[') {
        let (address, rest) = bracketed.split_once(']')?;
        if !rest.is_empty() && !rest.strip_prefix(':').is_some_and(is_port) {
            return None;
        }
        IpAddr::V6(address.parse().ok()?)
    } else if let Ok(address) = text.parse::<IpAddr>() {
        address
    } else {
        let (address, _port) = text.split_once(':').filter(|(_, port)| is_port(port))?;
        IpAddr::V4(address.parse().ok()?)
    };
    Some(address.to_canonical())
}

/// A number, or an obfuscated port (RFC 7239, section 6.2).
fn is_port(text: &str) -> bool {
    match text.strip_prefix('_') {
        Some(name) => {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        }
        None => text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok(),
    }
}

#[cfg(test)]
mod tests;
