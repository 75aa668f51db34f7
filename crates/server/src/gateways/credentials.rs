//! The key in the original request.

use std::borrow::Cow;

use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode;

use super::settings::CredentialPlace;
use crate::http::is_escaped_key;

/// Why no key can be taken from a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoKey {
    /// There is none.
    Missing,
    /// There are several that differ, or one place has several.
    Several,
    /// What stands there is no text.
    NotText,
    /// A key stands in the URL, where none is taken.
    InUrl,
}

/// Where header values come from: a request of ours, or what Envoy tells of the original one.
pub(crate) trait Headers {
    /// Every value of a header, in order.
    fn values<'a>(&'a self, name: &'a HeaderName) -> impl Iterator<Item = &'a [u8]>;
}

impl Headers for HeaderMap {
    fn values<'a>(&'a self, name: &'a HeaderName) -> impl Iterator<Item = &'a [u8]> {
        self.get_all(name).iter().map(HeaderValue::as_bytes)
    }
}

/// Finds the key. The same one in several places is one key; two different ones are refused, since nobody can say which
/// of them acts.
pub(crate) fn find<'a, H: Headers>(
    headers: &'a H,
    query: Option<&'a [u8]>,
    places: &'a [CredentialPlace],
) -> Result<Cow<'a, str>, NoKey> {
    let mut found: Option<Cow<'a, str>> = None;
    let mut take = |key: Cow<'a, str>| match &found {
        Some(other) if *other != key => Err(NoKey::Several),
        _ => {
            found = Some(key);
            Ok(())
        }
    };
    for place in places {
        match place {
            CredentialPlace::Bearer => {
                let Some(value) = single(headers, &AUTHORIZATION)? else { continue };
                // Another scheme authenticates somebody in another way, and not to us.
                if let Some(token) = bearer_token(value) {
                    take(text(token)?.into())?;
                }
            }
            CredentialPlace::Header(name) => {
                if let Some(value) = single(headers, name)? {
                    take(text(value)?.into())?;
                }
            }
            CredentialPlace::Cookie(name) => {
                for value in headers.values(&COOKIE).flat_map(|line| cookies(line, name)) {
                    take(text(value)?.into())?;
                }
            }
            CredentialPlace::Query(name) => {
                for (_, value) in pairs(query).filter(|(known, _)| *known == name.as_bytes()) {
                    take(percent_decode(value).decode_utf8().map_err(|_| NoKey::NotText)?)?;
                }
            }
        }
    }
    let parts = query.into_iter().flat_map(|query| query.split(|&b| b == b'&'));
    if parts
        .map(|part| split_at_equals(part).unwrap_or((part, b"")))
        .any(|(name, value)| is_escaped_key(name) || (is_escaped_key(value) && !is_query_place(places, name)))
    {
        return Err(NoKey::InUrl);
    }
    found.ok_or(NoKey::Missing)
}

/// Whether keys are taken from this parameter.
fn is_query_place(places: &[CredentialPlace], name: &[u8]) -> bool {
    places.iter().any(|place| matches!(place, CredentialPlace::Query(known) if known.as_bytes() == name))
}

/// The value of a header that may stand once.
fn single<'a, H: Headers>(headers: &'a H, name: &'a HeaderName) -> Result<Option<&'a [u8]>, NoKey> {
    let mut values = headers.values(name);
    let first = values.next();
    if values.next().is_some() { Err(NoKey::Several) } else { Ok(first) }
}

fn text(value: &[u8]) -> Result<&str, NoKey> {
    // To the end, also past a byte that is not: so it is done some bytes at a time.
    let is_visible = |b: u8| (b == b'\t') | (b' '..=b'~').contains(&b);
    match std::str::from_utf8(value) {
        Ok(text) if value.iter().fold(true, |all, &b| all & is_visible(b)) => Ok(text.trim_ascii()),
        _ => Err(NoKey::NotText),
    }
}

/// RFC 6750, section 2.1; the scheme's case does not matter (RFC 9110, section 11.1).
pub(super) fn bearer_token(value: &[u8]) -> Option<&[u8]> {
    let value = value.trim_ascii();
    let end = value.iter().position(|&b| b == b' ').unwrap_or(value.len());
    let (scheme, token) = value.split_at(end);
    scheme.eq_ignore_ascii_case(b"bearer").then(|| token.trim_ascii_start())
}

/// The values of a cookie in a line of them (RFC 6265, section 4.2).
fn cookies<'a>(line: &'a [u8], name: &str) -> impl Iterator<Item = &'a [u8]> {
    let pairs = line.split(|&b| b == b';').filter_map(|pair| split_at_equals(pair.trim_ascii()));
    pairs.filter(move |(known, _)| *known == name.as_bytes()).map(|(_, value)| value)
}

fn pairs(query: Option<&[u8]>) -> impl Iterator<Item = (&[u8], &[u8])> {
    query.into_iter().flat_map(|query| query.split(|&b| b == b'&')).filter_map(split_at_equals)
}

fn split_at_equals(pair: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = pair.iter().position(|&b| b == b'=')?;
    Some((&pair[..at], &pair[at + 1..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OURS: &str = "kw_eAzMCBQd1cP9SSfXQENtlgsDpxsEG70RTqx7";

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        map
    }

    fn places(names: &[&str]) -> Vec<CredentialPlace> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    fn found(pairs: &[(&'static str, &str)], query: &str, names: &[&str]) -> Result<String, NoKey> {
        find(&headers(pairs), Some(query.as_bytes()), &places(names)).map(Cow::into_owned)
    }

    const USUAL: [&str; 2] = ["bearer", "header:x-api-key"];

    #[test]
    fn the_key_is_found_where_it_may_stand() {
        assert_eq!(found(&[("authorization", "bEARER  k")], "", &USUAL).as_deref(), Ok("k"));
        assert_eq!(found(&[("x-api-key", " k ")], "", &USUAL).as_deref(), Ok("k"));
        let both = [("authorization", "Bearer k"), ("x-api-key", "k")];
        assert_eq!(found(&both, "", &USUAL).as_deref(), Ok("k"));
        assert_eq!(found(&[("x-api-key", "k")], "", &["bearer"]), Err(NoKey::Missing));
        let cookies = [("cookie", "a=b; key=k"), ("cookie", "key=k; c=d")];
        assert_eq!(found(&cookies, "", &["cookie:key"]).as_deref(), Ok("k"));
        assert_eq!(found(&[], "a=b&key=k%2B1", &["query:key"]).as_deref(), Ok("k+1"));
        assert_eq!(found(&[], "key=k", &USUAL), Err(NoKey::Missing));
        assert_eq!(found(&[], "", &USUAL), Err(NoKey::Missing));
    }

    #[test]
    fn another_scheme_is_not_ours() {
        let basic = [("authorization", "Basic dXNlcjpwYXNz")];
        assert_eq!(found(&basic, "", &USUAL), Err(NoKey::Missing));
        let beside = [("authorization", "Basic dXNlcjpwYXNz"), ("x-api-key", "k")];
        assert_eq!(found(&beside, "", &USUAL).as_deref(), Ok("k"));
        for token in ["Bearer", "Bearer "] {
            assert_eq!(found(&[("authorization", token)], "", &USUAL).as_deref(), Ok(""));
        }
    }

    #[test]
    fn two_keys_are_refused() {
        for pairs in [
            [("authorization", "Bearer a"), ("x-api-key", "b")],
            [("authorization", "Bearer a"), ("authorization", "Bearer a")],
            [("x-api-key", "a"), ("x-api-key", "b")],
            [("x-api-key", "a"), ("cookie", "key=b")],
            [("cookie", "key=a"), ("cookie", "key=b")],
        ] {
            let names = ["bearer", "header:x-api-key", "cookie:key"];
            assert_eq!(found(&pairs, "", &names), Err(NoKey::Several), "{pairs:?}");
        }
        assert_eq!(
            found(&[("x-api-key", "a")], "key=b", &["header:x-api-key", "query:key"]),
            Err(NoKey::Several)
        );
        assert_eq!(found(&[], "key=a&key=b", &["query:key"]), Err(NoKey::Several));
    }

    #[test]
    fn a_key_in_the_url_is_told_where_none_is_taken() {
        assert!(is_escaped_key(OURS.as_bytes()));
        let escaped = OURS.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        let partly = OURS.replace('_', "%5f");
        for query in [
            format!("a=b&x={escaped}"),
            format!("x={partly}&a=b"),
            format!("%78={OURS}"),
            OURS.to_owned(),
            format!("a&{partly}"),
            format!("{escaped}=1"),
        ] {
            assert_eq!(found(&[("x-api-key", "k")], &query, &USUAL), Err(NoKey::InUrl), "{query}");
        }
        assert_eq!(found(&[], &format!("x={partly}"), &["query:x"]).as_deref(), Ok(OURS));
        let query = format!("size=1&access_token={OURS}");
        assert_eq!(found(&[], &query, &USUAL), Err(NoKey::InUrl));
        assert_eq!(found(&[("x-api-key", "k")], &query, &USUAL), Err(NoKey::InUrl));
        assert_eq!(found(&[], &query, &["query:access_token"]).as_deref(), Ok(OURS));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let mut map = HeaderMap::new();
        map.insert("x-api-key", HeaderValue::from_bytes(b"k\xff").unwrap());
        assert_eq!(find(&map, None, &places(&USUAL)), Err(NoKey::NotText));
        assert_eq!(found(&[], "key=%ff", &["query:key"]), Err(NoKey::NotText));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(
            value in proptest::collection::vec(any::<u8>(), 0..40),
            query in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let mut map = HeaderMap::new();
            for name in ["authorization", "cookie", "x-api-key"] {
                if let Ok(value) = HeaderValue::from_bytes(&value) {
                    map.append(name, value);
                }
            }
            let names = ["bearer", "header:x-api-key", "cookie:key", "query:key"];
            let _ = find(&map, Some(&query), &places(&names));
        }
    }
}
