//! What Envoy tells of a request.

use std::collections::HashMap;
use std::net::IpAddr;

use axum::http::HeaderName;

use super::messages::{CheckRequest, HttpRequest};
use crate::gateways::credentials::Headers;
use crate::gateways::origin::Origin;
use crate::gateways::profile::{GatewayProfile, Original};
use crate::gateways::query::{Misspelt, Question};
use crate::gateways::question::Asked;

/// Reads the question. An error is for the operator.
pub(super) fn read(request: &CheckRequest, origin: Origin) -> Result<Asked<'_, HttpRequest>, String> {
    let attributes = request.attributes.as_ref();
    let http = attributes.and_then(|attributes| attributes.request.as_ref()?.http.as_ref());
    let (Some(attributes), Some(http)) = (attributes, http) else {
        return Err("Envoy's question has no HTTP request in it".to_owned());
    };
    Ok(Asked {
        profile: GatewayProfile::Envoy,
        question: question(&attributes.context_extensions).map_err(Misspelt::words)?,
        original: Some(Original { method: &http.method, target: http.path.as_bytes() }),
        headers: http,
        origin,
    })
}

/// What the gateway's administrator wrote as `context_extensions`: the words of a query, several permissions of a kind
/// separated by spaces.
fn question(extensions: &HashMap<String, String>) -> Result<Question<'_>, Misspelt> {
    let mut question = Question::default();
    for (name, value) in extensions {
        let mut words = value.split(' ').filter(|word| !word.is_empty()).peekable();
        if words.peek().is_none() {
            return Err(Misspelt::Value("context_extensions", "give each of its words a value"));
        }
        for word in words {
            question.set(name, word)?;
        }
    }
    Ok(question)
}

/// Who is connected to Envoy.
pub(super) fn source(request: &CheckRequest) -> Option<IpAddr> {
    let source = request.attributes.as_ref()?.source.as_ref()?;
    source.address.as_ref()?.socket_address.as_ref()?.address.parse().ok()
}

impl Headers for HttpRequest {
    fn values<'a>(&'a self, name: &'a HeaderName) -> impl Iterator<Item = &'a [u8]> {
        let name = name.as_str();
        let raw = self.header_map.iter().flat_map(|map| &map.headers);
        let raw = raw.filter(move |header| header.key.eq_ignore_ascii_case(name));
        let raw = raw.map(|header| match header.raw_value.as_slice() {
            [] => header.value.as_bytes(),
            raw => raw,
        });
        raw.chain(self.headers.get(name).map(String::as_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::super::messages::{
        Address, AttributeContext, HeaderMap, HeaderValue, Peer, Request, SocketAddress,
    };
    use super::*;
    use crate::proxies::Proxies;

    fn extensions(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_administrators_words_are_read_as_strictly_as_a_query() {
        let words = extensions(&[("permission", "photo.read  a.b"), ("cost", "2"), ("with", "permissions")]);
        let read = question(&words).unwrap();
        assert_eq!(read.demand.all.as_slice(), ["photo.read", "a.b"]);
        assert_eq!((read.demand.credits, read.with_permissions), (Some(2), true));
        for wrong in
            [("permision", "a.b"), ("permission", ""), ("cost", "0"), ("cost", "1 2"), ("permission", "a%b")]
        {
            let words = extensions(&[wrong]);
            assert!(question(&words).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn headers_are_found_in_either_form() {
        let value = |key: &str, value: &str, raw: &[u8]| HeaderValue {
            key: key.to_owned(),
            value: value.to_owned(),
            raw_value: raw.to_vec(),
        };
        let http = HttpRequest {
            headers: extensions(&[("x-api-key", "a")]),
            header_map: Some(HeaderMap {
                headers: vec![value("X-Api-Key", "", b"b"), value("cookie", "c", b"")],
            }),
            ..HttpRequest::default()
        };
        let values = |name: &'static str| {
            let name = HeaderName::from_static(name);
            http.values(&name).map(<[u8]>::to_vec).collect::<Vec<_>>()
        };
        assert_eq!(values("x-api-key"), [b"b", b"a"]);
        assert_eq!(values("cookie"), [b"c"]);
        assert_eq!(values("authorization"), Vec::<Vec<u8>>::new());
    }

    fn connected_to_envoy(address: &str) -> CheckRequest {
        let socket_address = Some(SocketAddress { address: address.to_owned() });
        let source = Some(Peer { address: Some(Address { socket_address }) });
        let attributes = Some(AttributeContext { source, ..AttributeContext::default() });
        CheckRequest { attributes }
    }

    #[test]
    fn only_a_trusted_envoy_says_where_a_request_comes_from() {
        let trusted = crate::TrustedProxies::new(["10.0.0.1", "10.1.0.0/16"].map(|one| one.parse().unwrap()));
        let proxies = Proxies { trusted, ..Proxies::default() };
        let from = |peer: &str, request: &CheckRequest| {
            let origin = Origin::told(peer.parse().ok(), &proxies, || source(request));
            [origin.client, origin.untrusted].map(|ip| ip.map(|ip| ip.to_string()).unwrap_or_default())
        };
        let client = connected_to_envoy("203.0.113.9");
        assert_eq!(from("10.0.0.1", &client), ["203.0.113.9", ""]);
        assert_eq!(from("::ffff:10.0.0.1", &client), ["203.0.113.9", ""]);
        // Of another one neither its word nor its own address is the client's.
        assert_eq!(from("10.0.0.2", &client), ["", "10.0.0.2"]);
        assert_eq!(from("", &client), ["", ""]);
        // A load balancer in front of Envoy is not the client.
        for balancer in ["10.1.2.3", "::ffff:10.1.2.3", "10.0.0.1", "pipe"] {
            assert_eq!(from("10.0.0.1", &connected_to_envoy(balancer)), ["", ""], "{balancer}");
        }
        assert_eq!(from("10.0.0.1", &CheckRequest::default()), ["", ""]);
    }

    #[test]
    fn a_question_without_a_request_is_the_operators_to_mend() {
        let read = |request: &CheckRequest| read(request, Origin::default()).map(|_| ());
        assert!(read(&CheckRequest::default()).is_err());
        let attributes =
            AttributeContext { request: Some(Request { http: None }), ..AttributeContext::default() };
        assert!(read(&CheckRequest { attributes: Some(attributes) }).is_err());
    }
}
