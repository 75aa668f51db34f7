//! What a request shows to say who it is from, in the order in which that system looks for it.

use std::borrow::Cow;
use std::fmt;

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};

use crate::http::find_in;

const USER_TOKEN: HeaderName = HeaderName::from_static("x-immich-user-token");
const SESSION_TOKEN: HeaderName = HeaderName::from_static("x-immich-session-token");
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// The cookie of a session.
pub(super) const COOKIE_NAME: &str = "immich_access_token";

/// The credential that counts.
#[derive(PartialEq, Eq)]
pub(super) enum Shown<'a> {
    /// None.
    Nothing,
    /// A session's token that a program sent.
    Session(Cow<'a, str>),
    /// A session's token that a browser sends by itself.
    SessionCookie(Cow<'a, str>),
    /// An API key.
    Key(Cow<'a, str>),
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Session(_) => "Session(..)",
            Self::SessionCookie(_) => "SessionCookie(..)",
            Self::Key(_) => "Key(..)",
        })
    }
}

/// Finds it. What is there and empty counts as not there; the first that is there counts, whether or not it holds.
pub(super) fn find(parts: &Parts) -> Shown<'_> {
    let headers = &parts.headers;
    let session = text(headers, &USER_TOKEN)
        .or_else(|| text(headers, &SESSION_TOKEN))
        .or_else(|| parameter(parts, "sessionKey"))
        .or_else(|| bearer_token(headers));
    if let Some(token) = session {
        return Shown::Session(token);
    }
    if let Some(token) = find_in(headers, COOKIE_NAME).map(Cow::from) {
        return Shown::SessionCookie(token);
    }
    let key = text(headers, &API_KEY).or_else(|| parameter(parts, "apiKey"));
    key.map_or(Shown::Nothing, Shown::Key)
}

/// A parameter of the query; of several with one name, the first that is not empty.
pub(super) fn parameter<'a>(parts: &'a Parts, name: &str) -> Option<Cow<'a, str>> {
    let query = parts.uri.query()?;
    let pairs: Vec<(Cow<'a, str>, Cow<'a, str>)> = serde_urlencoded::from_str(query).ok()?;
    pairs.into_iter().find(|(given, value)| given == name && !value.is_empty()).map(|(_, value)| value)
}

/// Bytes that are no text become a text that no token has, so that they are refused like any wrong one.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Cow<'a, str>> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes())).filter(|text| !text.is_empty())
}

/// RFC 6750, section 2.1; another scheme is nobody's.
fn bearer_token(headers: &HeaderMap) -> Option<Cow<'_, str>> {
    let value = text(headers, &AUTHORIZATION)?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned().into())
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn found(uri: &str, headers: &[(&str, &str)]) -> String {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let parts = request.body(()).unwrap().into_parts().0;
        match find(&parts) {
            Shown::Nothing => "nothing".to_owned(),
            Shown::Session(token) => format!("session {token}"),
            Shown::SessionCookie(token) => format!("cookie {token}"),
            Shown::Key(key) => format!("key {key}"),
        }
    }

    #[test]
    fn sessions_come_before_keys_in_the_documented_order() {
        let headers = [
            ("x-immich-user-token", "1"),
            ("x-immich-session-token", "2"),
            ("authorization", "Bearer 4"),
            ("cookie", "a=b; immich_access_token=5"),
            ("x-api-key", "6"),
        ];
        let uri = "/api/x?apiKey=7&sessionKey=3";
        let expected = ["session 1", "session 2", "session 3", "session 4", "cookie 5", "key 6", "key 7"];
        assert_eq!(found(uri, &headers), expected[0]);
        assert_eq!(found(uri, &headers[1..]), expected[1]);
        assert_eq!(found(uri, &headers[2..]), expected[2]);
        assert_eq!(found("/api/x?apiKey=7", &headers[2..]), expected[3]);
        assert_eq!(found("/api/x?apiKey=7", &headers[3..]), expected[4]);
        assert_eq!(found("/api/x?apiKey=7", &headers[4..]), expected[5]);
        assert_eq!(found("/api/x?apiKey=7", &[]), expected[6]);
        assert_eq!(found("/api/x", &[]), "nothing");
    }

    #[test]
    fn what_is_empty_or_of_another_scheme_is_not_there() {
        let empty = [
            ("x-immich-user-token", ""),
            ("authorization", "Basic dTpw"),
            ("cookie", "immich_access_token="),
            ("x-api-key", "k"),
        ];
        assert_eq!(found("/api/x?sessionKey=", &empty), "key k");
        assert_eq!(found("/api/x", &[("authorization", "bEARER  s")]), "session s");
        assert_eq!(found("/api/x?sessionKey=a%2Bb", &[]), "session a+b");
    }

    #[test]
    fn what_is_shown_is_never_printed() {
        for shown in [Shown::Key("secret".into()), Shown::Session("secret".into())] {
            assert!(!format!("{shown:?}").contains("secret"));
        }
    }
}
