//! The PROXY protocol, versions 1 and 2: how a proxy that forwards bytes says whom it forwards them for, before them.
//!
//! Written after HAProxy's "The PROXY protocol, versions 1 & 2" (2020/03/05). Only what says whom a connection is for is
//! read; the optional fields (TLVs) are passed over.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The longest header that is read. Version 1 has at most 107 bytes; version 2 could say 64 KiB, of which nobody uses more
/// than a few hundred bytes for names and ids.
pub(crate) const MAX_BYTES: usize = 4096;

const MAX_V1_BYTES: usize = 107;
const V1_START: &[u8] = b"PROXY ";
const V2_START: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
const V2_FIXED_BYTES: usize = 16;

/// What the first bytes of a connection are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// The beginning of a header.
    Incomplete,
    /// A header.
    Header {
        /// How many of the bytes it takes.
        length: usize,
        /// Whom the proxy forwards for. `None`: for itself, or it does not know or say.
        client: Option<SocketAddr>,
    },
    /// Something else.
    Wrong,
}

/// Looks at the first bytes of a connection.
pub(crate) fn read(bytes: &[u8]) -> Opening {
    let begins = |start: &[u8]| bytes.starts_with(start) || start.starts_with(bytes);
    if begins(V1_START) {
        read_v1(bytes)
    } else if begins(V2_START) {
        read_v2(bytes).unwrap_or(Opening::Wrong)
    } else {
        Opening::Wrong
    }
}

fn read_v1(bytes: &[u8]) -> Opening {
    let line = &bytes[..bytes.len().min(MAX_V1_BYTES)];
    let Some(end) = line.windows(2).position(|pair| pair == b"\r\n") else {
        return if line.len() < MAX_V1_BYTES { Opening::Incomplete } else { Opening::Wrong };
    };
    let Ok(line) = str::from_utf8(&line[..end]) else { return Opening::Wrong };
    let mut words = line.split(' ').skip(1);
    let length = end + 2;
    match words.next() {
        Some("UNKNOWN") => Opening::Header { length, client: None },
        Some(family) => match v1_client(family, words) {
            Some(client) => Opening::Header { length, client: Some(client) },
            None => Opening::Wrong,
        },
        None => Opening::Wrong,
    }
}

/// The source, of `PROXY TCP4 <source> <destination> <source port> <destination port>`.
fn v1_client<'a>(family: &str, mut words: impl Iterator<Item = &'a str>) -> Option<SocketAddr> {
    let address = |word: &str| -> Option<IpAddr> {
        match family {
            "TCP4" => word.parse::<Ipv4Addr>().ok().map(Into::into),
            "TCP6" => word.parse::<Ipv6Addr>().ok().map(Into::into),
            _ => None,
        }
    };
    let port = |word: &str| -> Option<u16> {
        let is_plain =
            word.bytes().all(|byte| byte.is_ascii_digit()) && (word == "0" || !word.starts_with('0'));
        word.parse().ok().filter(|_| is_plain)
    };
    let (source, _) = (address(words.next()?)?, address(words.next()?)?);
    let (source_port, _) = (port(words.next()?)?, port(words.next()?)?);
    words.next().is_none().then_some(SocketAddr::new(source, source_port))
}

/// `None`: wrong.
fn read_v2(bytes: &[u8]) -> Option<Opening> {
    // What is wrong already is not waited for.
    let command = match bytes.get(12) {
        None => return Some(Opening::Incomplete),
        Some(0x20) => Command::Local,
        Some(0x21) => Command::Proxy,
        Some(_) => return None,
    };
    let Some(fixed) = bytes.get(..V2_FIXED_BYTES) else { return Some(Opening::Incomplete) };
    let length = V2_FIXED_BYTES + usize::from(u16::from_be_bytes([fixed[14], fixed[15]]));
    if length > MAX_BYTES {
        return None;
    }
    let Some(block) = bytes.get(V2_FIXED_BYTES..length) else { return Some(Opening::Incomplete) };
    let client = match (command, fixed[13]) {
        // Of itself, as for a health check: the rest says nothing. A protocol that is not specified, and UNIX sockets.
        (Command::Local, _) | (Command::Proxy, 0x00 | 0x31 | 0x32) => None,
        // TCP over IPv4 and IPv6: two addresses, then two ports.
        (Command::Proxy, 0x11) => {
            let (source, rest) = block.split_first_chunk::<4>()?;
            let (port, _) = rest.get(4..8)?.split_first_chunk::<2>()?;
            Some((IpAddr::from(*source), u16::from_be_bytes(*port)).into())
        }
        (Command::Proxy, 0x21) => {
            let (source, rest) = block.split_first_chunk::<16>()?;
            let (port, _) = rest.get(16..20)?.split_first_chunk::<2>()?;
            Some((IpAddr::from(*source), u16::from_be_bytes(*port)).into())
        }
        (Command::Proxy, _) => return None,
    };
    Some(Opening::Header { length, client })
}

enum Command {
    Local,
    Proxy,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn v2(command: u8, family: u8, block: &[u8]) -> Vec<u8> {
        let length = u16::try_from(block.len()).unwrap().to_be_bytes();
        [V2_START, &[command, family], &length, block].concat()
    }

    /// What a whole header says.
    fn client(bytes: &[u8]) -> Option<String> {
        match read(bytes) {
            Opening::Header { length, client } => {
                assert_eq!(length, bytes.len());
                Some(client.map_or_else(|| "nobody".to_owned(), |client| client.to_string()))
            }
            _ => None,
        }
    }

    const V4: [u8; 12] = [192, 0, 2, 1, 10, 0, 0, 1, 0x1f, 0x90, 0x01, 0xbb];

    fn v6() -> Vec<u8> {
        let address = "2001:db8::7".parse::<Ipv6Addr>().unwrap().octets();
        [address.as_slice(), &[0; 16], &[0xff, 0xff, 0, 80]].concat()
    }

    #[test]
    fn both_versions_and_both_families_name_the_client() {
        for (bytes, expected) in [
            (b"PROXY TCP4 192.0.2.1 10.0.0.1 8080 443\r\n".to_vec(), "192.0.2.1:8080"),
            (b"PROXY TCP6 2001:db8::7 ::1 65535 80\r\n".to_vec(), "[2001:db8::7]:65535"),
            (v2(0x21, 0x11, &V4), "192.0.2.1:8080"),
            (v2(0x21, 0x11, &[V4.as_slice(), b"\x01\0\x02h2"].concat()), "192.0.2.1:8080"),
            (v2(0x21, 0x21, &v6()), "[2001:db8::7]:65535"),
        ] {
            assert_eq!(client(&bytes).as_deref(), Some(expected), "{bytes:?}");
        }
    }

    #[test]
    fn who_forwards_for_itself_or_for_nobody_it_knows_says_so() {
        for bytes in [
            b"PROXY UNKNOWN\r\n".to_vec(),
            b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n".to_vec(),
            v2(0x20, 0x00, &[]),
            v2(0x20, 0x11, &V4),
            v2(0x20, 0xff, &[]),
            v2(0x21, 0x00, b"abc"),
            v2(0x21, 0x31, &[b'/'; 216]),
        ] {
            assert_eq!(client(&bytes).as_deref(), Some("nobody"), "{bytes:?}");
        }
    }

    #[test]
    fn anything_else_is_wrong() {
        for bytes in [
            b"GET / HTTP/1.1\r\n".to_vec(),
            b"PROXX".to_vec(),
            b"proxy TCP4 192.0.2.1 10.0.0.1 8080 443\r\n".to_vec(),
            b"PROXY \r\n".to_vec(),
            b"PROXY TCP4\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 10.0.0.1 8080\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 10.0.0.1 8080 443 1\r\n".to_vec(),
            b"PROXY TCP4  192.0.2.1 10.0.0.1 8080 443\r\n".to_vec(),
            b"PROXY TCP4 2001:db8::7 ::1 1 2\r\n".to_vec(),
            b"PROXY TCP6 192.0.2.1 10.0.0.1 1 2\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.01 10.0.0.1 1 2\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 10.0.0.1 65536 2\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 10.0.0.1 +1 2\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 10.0.0.1 01 2\r\n".to_vec(),
            b"PROXY UDP4 192.0.2.1 10.0.0.1 1 2\r\n".to_vec(),
            b"PROXY \xff\r\n".to_vec(),
            [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 200]].concat(),
            [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 92], b"\r\n"].concat(),
            v2(0x11, 0x11, &V4),
            v2(0x22, 0x11, &V4),
            v2(0x21, 0x12, &V4),
            v2(0x21, 0x13, &V4),
            v2(0x21, 0x11, &V4[..11]),
            v2(0x21, 0x21, &V4),
            v2(0x20, 0x00, &vec![0; MAX_BYTES]),
        ] {
            assert_eq!(read(&bytes), Opening::Wrong, "{bytes:?}");
        }
    }

    #[test]
    fn the_longest_line_is_the_one_that_the_specification_counts() {
        let line = [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 91], b"\r\n"].concat();
        assert_eq!(line.len(), MAX_V1_BYTES);
        assert_eq!(client(&line).as_deref(), Some("nobody"));
    }

    fn header() -> impl Strategy<Value = Vec<u8>> {
        let text = prop::sample::select(vec![
            "PROXY TCP4 192.0.2.1 10.0.0.1 8080 443\r\n",
            "PROXY TCP6 2001:db8::7 ::1 65535 80\r\n",
            "PROXY UNKNOWN\r\n",
        ]);
        prop_oneof![
            text.prop_map(|text| text.as_bytes().to_vec()),
            prop::collection::vec(any::<u8>(), 0..300).prop_map(|more| v2(
                0x21,
                0x11,
                &[V4.as_slice(), &more].concat()
            )),
            prop::collection::vec(any::<u8>(), 0..300).prop_map(|block| v2(0x20, 0x00, &block)),
        ]
    }

    proptest! {
        #[test]
        fn a_header_ends_where_it_says_whatever_follows(header in header(), after in prop::collection::vec(any::<u8>(), 0..64)) {
            let whole = read(&header);
            let Opening::Header { length, .. } = whole else { return Err(TestCaseError::fail("no header")) };
            prop_assert_eq!(length, header.len());
            prop_assert_eq!(read(&[header.as_slice(), &after].concat()), whole);
            for end in 0..header.len() {
                prop_assert_eq!(read(&header[..end]), Opening::Incomplete);
            }
        }

        #[test]
        fn bytes_of_any_kind_are_read_without_harm(
            start in prop::sample::select(vec![&b""[..], V1_START, V2_START, b"PROXY TCP4 "]),
            bytes in prop::collection::vec(any::<u8>(), 0..5000),
        ) {
            let all = [start, &bytes].concat();
            match read(&all) {
                Opening::Header { length, .. } => prop_assert!(length <= all.len() && length <= MAX_BYTES),
                Opening::Incomplete => prop_assert!(all.len() < MAX_BYTES),
                Opening::Wrong => {}
            }
        }
    }
}
