//! Examples of the rule, and that nothing which a client sends changes what a proxy says.

use axum::http::HeaderValue;
use proptest::prelude::*;

use super::*;
use crate::proxies::TrustedProxies;

const PROXY: &str = "10.0.0.1";

fn proxies(header: ForwardingHeader) -> Proxies {
    let trusted = ["10.0.0.0/24", "2001:db8:1::/64"];
    Proxies {
        trusted: TrustedProxies::new(trusted.map(|network| network.parse().unwrap())),
        header,
        ..Proxies::default()
    }
}

fn xff() -> Proxies {
    proxies(ForwardingHeader::XForwardedFor)
}

fn rfc7239() -> Proxies {
    proxies(ForwardingHeader::Forwarded)
}

fn asked(peer: &str, proxies: &Proxies, lines: &[(&'static str, &[u8])]) -> Option<IpAddr> {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_bytes(value).unwrap());
    }
    let peer = SocketAddr::new(peer.parse().unwrap(), 40_000);
    client_address(Some(peer_address(peer)), &headers, proxies)
}

/// What comes of the believed header behind the proxy; empty where the client is unknown.
fn behind(proxies: &Proxies, lines: &[&str]) -> String {
    let name = match proxies.header {
        ForwardingHeader::XForwardedFor => "x-forwarded-for",
        ForwardingHeader::Forwarded => "forwarded",
    };
    let lines: Vec<_> = lines.iter().map(|line| (name, line.as_bytes())).collect();
    asked(PROXY, proxies, &lines).map(|address| address.to_string()).unwrap_or_default()
}

#[test]
fn without_a_trusted_proxy_the_client_is_the_peer() {
    let says: [(&str, &[u8]); 2] = [("x-forwarded-for", b"192.0.2.1"), ("forwarded", b"for=192.0.2.1")];
    for proxies in [Proxies::default(), xff(), rfc7239()] {
        let seen = asked("203.0.113.7", &proxies, &says);
        assert_eq!(seen, "203.0.113.7".parse().ok());
    }
    assert_eq!(asked(PROXY, &Proxies::default(), &says), PROXY.parse().ok());
    assert_eq!(asked("::ffff:203.0.113.7", &xff(), &says), "203.0.113.7".parse().ok());
    assert_eq!(client_address(None, &HeaderMap::new(), &xff()), None);
}

#[test]
fn the_first_from_the_right_that_is_no_proxy_is_the_client() {
    for (lines, client) in [
        (vec!["192.0.2.1"], "192.0.2.1"),
        (vec!["6.6.6.6, 192.0.2.1"], "192.0.2.1"),
        (vec!["6.6.6.6, 192.0.2.1 ,10.0.0.2,\t10.0.0.3"], "192.0.2.1"),
        (vec!["6.6.6.6", "192.0.2.1", "10.0.0.2"], "192.0.2.1"),
        (vec!["6.6.6.6, 192.0.2.1", "10.0.0.2"], "192.0.2.1"),
        (vec!["garbage \"\\, 192.0.2.1"], "192.0.2.1"),
        (vec!["192.0.2.1:65535"], "192.0.2.1"),
        (vec!["2001:db8::7"], "2001:db8::7"),
        (vec!["[2001:db8::7]"], "2001:db8::7"),
        (vec!["[2001:db8::7]:443, 2001:db8:1::2, [2001:db8:1::3]:1"], "2001:db8::7"),
        (vec!["::ffff:192.0.2.1"], "192.0.2.1"),
        (vec!["192.0.2.1, ::ffff:10.0.0.2"], "192.0.2.1"),
    ] {
        assert_eq!(behind(&xff(), &lines), client, "{lines:?}");
    }
}

#[test]
fn forwarded_is_read_by_its_own_rules() {
    for (lines, client) in [
        (vec!["for=192.0.2.1"], "192.0.2.1"),
        (vec!["For=192.0.2.1;proto=https; by=10.0.0.1"], "192.0.2.1"),
        (vec!["for=6.6.6.6, by=x;for=\"192.0.2.1:80\", for=10.0.0.2"], "192.0.2.1"),
        (vec!["for=\"[2001:db8::7]:4711\""], "2001:db8::7"),
        (vec!["for=\"[2001:db8::7]:_port.1\""], "2001:db8::7"),
        (vec!["for=\"6.6.6.6", "for=192.0.2.1"], "192.0.2.1"),
        (vec!["for=\"6.6.6.6, for=192.0.2.1;proto=http"], "192.0.2.1"),
        // A host that a client chose, quoted by the proxy as it must.
        (vec![r#"for=192.0.2.1;host="a\", for=6.6.6.6;x=\"b""#], "192.0.2.1"),
        (vec![r#"for=6.6.6.6, for=192.0.2.1;host="a,b;for=6.6.6.6\\""#], "192.0.2.1"),
    ] {
        assert_eq!(behind(&rfc7239(), &lines), client, "{lines:?}");
    }
}

#[test]
fn what_cannot_be_read_makes_the_client_unknown() {
    for line in [
        "",
        " ",
        "unknown",
        "_hidden",
        "192.0.2.1,",
        "192.0.2.1, ,10.0.0.2",
        "192.0.2.1, unknown, 10.0.0.2",
        "192.0.2",
        "192.0.2.1:",
        "192.0.2.1:65536",
        "192.0.2.1:+1",
        "192.0.2.1 10.0.0.2",
        "[192.0.2.1]",
        "[2001:db8::7",
        "[2001:db8::7]443",
        "fe80::1%eth0",
        "unix:",
        "\"192.0.2.1\"",
        "10.0.0.2, 10.0.0.3",
    ] {
        assert_eq!(behind(&xff(), &[line]), "", "{line}");
        assert_eq!(
            behind(&xff(), &["192.0.2.1", line, "10.0.0.2"]).as_str(),
            if line.starts_with("10.") { "192.0.2.1" } else { "" },
            "{line}"
        );
    }
    for line in [
        "",
        "for",
        "for=",
        "for=unknown",
        "for=\"_gazonk\"",
        "for =192.0.2.1",
        "by=192.0.2.1",
        "for=192.0.2.1;for=192.0.2.1",
        "for=192.0.2.1,",
        "for=192.0.2.1;",
        "for=\"192.0.2.1",
        "for=192.0.2.1\"",
        r#"for=\"192.0.2.1\""#,
        r#"for="192.0.2.1\""#,
        r#"for="19\2.0.2.1""#,
        "192.0.2.1",
        "for=192.0.2.1;host=\"",
    ] {
        assert_eq!(behind(&rfc7239(), &[line]), "", "{line}");
    }
    assert_eq!(behind(&xff(), &[]), "");
    assert_eq!(asked(PROXY, &xff(), &[("x-forwarded-for", b"192.0.2.1, \xff")]), None);
    assert_eq!(asked(PROXY, &xff(), &[("x-forwarded-for", b"\xff, 192.0.2.1")]), "192.0.2.1".parse().ok());
}

#[test]
fn the_other_header_is_never_believed() {
    assert_eq!(asked(PROXY, &xff(), &[("forwarded", b"for=192.0.2.1"), ("x-real-ip", b"192.0.2.1")]), None);
    assert_eq!(asked(PROXY, &rfc7239(), &[("x-forwarded-for", b"192.0.2.1")]), None);
}

#[test]
fn an_endless_row_of_proxies_is_not_followed() {
    let row = |length: usize| format!("192.0.2.1{}", ", 10.0.0.2".repeat(length));
    assert_eq!(behind(&xff(), &[&row(MAX_PROXIES)]), "192.0.2.1");
    assert_eq!(behind(&xff(), &[&row(MAX_PROXIES + 1)]), "");
    assert_eq!(behind(&rfc7239(), &["\"".repeat(30_000).as_str()]), "");
    assert_eq!(behind(&rfc7239(), &["\\\"".repeat(15_000).as_str()]), "");
}

/// Bytes that a header may hold, those that mean something in it most often.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            ",", ";", "\"", "\\", "=", "for=", "[", "]", ":", " ", "unknown", "10.0.0.2", "6.6.6.6", "::1", "by=",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(prop_oneof![0x20_u8..0x7f, 0x80_u8..=0xff], 0..4),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_a_client_sends_never_changes_what_proxies_append(
        sent in prop::collection::vec(hostile(), 0..3),
        client in any::<std::net::IpAddr>(),
        further in 0_usize..3,
        on_one_line in any::<bool>(),
    ) {
        prop_assume!(!xff().trusted.contains(client));
        let written = |header| match (header, client) {
            (ForwardingHeader::XForwardedFor, _) => client.to_string(),
            (_, IpAddr::V4(v4)) => format!("for={v4};proto=https;host=\"a\\\",b\""),
            (_, IpAddr::V6(v6)) => format!("for=\"[{v6}]:1\""),
        };
        for (header, name, proxy) in [
            (ForwardingHeader::XForwardedFor, "x-forwarded-for", "10.0.0.9"),
            (ForwardingHeader::Forwarded, "forwarded", "for=10.0.0.9"),
        ] {
            let mut lines = sent.clone();
            for hop in std::iter::once(written(header)).chain(std::iter::repeat_n(proxy.to_owned(), further)) {
                match lines.last_mut().filter(|_| on_one_line) {
                    Some(line) => line.extend_from_slice(format!(", {hop}").as_bytes()),
                    None => lines.push(hop.into_bytes()),
                }
            }
            let lines: Vec<_> = lines.iter().map(|line| (name, line.as_slice())).collect();
            prop_assert_eq!(asked(PROXY, &proxies(header), &lines), Some(client.to_canonical()));
        }
    }

    #[test]
    fn who_is_no_trusted_proxy_is_not_listened_to(
        sent in prop::collection::vec(hostile(), 0..3),
        peer in any::<std::net::IpAddr>(),
    ) {
        for header in [ForwardingHeader::XForwardedFor, ForwardingHeader::Forwarded] {
            let lines: Vec<_> = sent
                .iter()
                .flat_map(|line| [("x-forwarded-for", line.as_slice()), ("forwarded", line.as_slice())])
                .collect();
            let nobody = Proxies { header, ..Proxies::default() };
            prop_assert_eq!(asked(&peer.to_string(), &nobody, &lines), Some(peer.to_canonical()));
            if !xff().trusted.contains(peer) {
                prop_assert_eq!(asked(&peer.to_string(), &proxies(header), &lines), Some(peer.to_canonical()));
            }
        }
    }

    #[test]
    fn a_trusted_proxys_address_is_nobodys(sent in prop::collection::vec(hostile(), 0..3)) {
        for (header, name) in
            [(ForwardingHeader::XForwardedFor, "x-forwarded-for"), (ForwardingHeader::Forwarded, "forwarded")]
        {
            let lines: Vec<_> = sent.iter().map(|line| (name, line.as_slice())).collect();
            let seen = asked(PROXY, &proxies(header), &lines);
            prop_assert!(seen.is_none_or(|address| !xff().trusted.contains(address)));
        }
    }
}
