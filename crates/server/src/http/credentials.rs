//! What a request shows to say who it is from.

use std::borrow::Cow;
use std::fmt;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use keywright_engine::{Error, Unauthenticated};

use super::cookie::Cookie;
use super::failure::Failure;
use crate::settings::ServerSettings;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The credential that counts.
#[derive(PartialEq, Eq)]
pub(super) enum Shown<'a> {
    /// None.
    Nothing,
    /// An API key.
    Key(&'a str),
    /// A session's token.
    Session(&'a str),
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Key(_) => "Key(..)",
            Self::Session(_) => "Session(..)",
        })
    }
}

/// Finds it: `Authorization: Bearer`, else `X-API-Key`, else the session cookie.
///
/// Two different keys are refused: whoever sends both does not know which one acts.
pub(super) fn find<'a>(headers: &'a HeaderMap, settings: &ServerSettings) -> Result<Shown<'a>, Failure> {
    let bearer = single(headers, &AUTHORIZATION)?.map(bearer_token).transpose()?;
    let api_key = single(headers, &API_KEY)?.map(|value| text(value, &API_KEY)).transpose()?;
    match (bearer, api_key) {
        (Some(one), Some(other)) if one != other => {
            Err(Failure::malformed("Authorization and X-API-Key hold different keys: send one of them"))
        }
        (Some(key), _) | (None, Some(key)) => Ok(Shown::Key(key)),
        (None, None) => Ok(Cookie::Session.find(headers, settings).map_or(Shown::Nothing, Shown::Session)),
    }
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Failure> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(Failure::malformed(format!("the header {name} is given more than once")));
    }
    Ok(first)
}

fn text<'a>(value: &'a HeaderValue, name: &HeaderName) -> Result<&'a str, Failure> {
    value.to_str().map(str::trim).map_err(|_| {
        let message: Cow<'static, str> = format!("the header {name} must be visible ASCII").into();
        Failure::malformed(message)
    })
}

/// RFC 6750, section 2.1; the scheme's case does not matter (RFC 9110, section 11.1).
fn bearer_token(value: &HeaderValue) -> Result<&str, Failure> {
    let value = text(value, &AUTHORIZATION)?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        // Somebody is being authenticated in another way: for us, nobody is.
        return Err(Error::Unauthenticated(Unauthenticated::Missing).into());
    }
    Ok(token.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(headers: &HeaderMap) -> Result<Shown<'_>, Failure> {
        super::find(headers, &ServerSettings::default())
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        map
    }

    #[test]
    fn the_bearer_token_comes_first() {
        let both = headers(&[("authorization", "bEARER  k1"), ("cookie", "keywright_session=s")]);
        assert_eq!(find(&both).unwrap(), Shown::Key("k1"));
        let api_key = headers(&[("x-api-key", "k2"), ("cookie", "keywright_session=s")]);
        assert_eq!(find(&api_key).unwrap(), Shown::Key("k2"));
        let cookie = headers(&[("cookie", "a=b; keywright_session=s")]);
        assert_eq!(find(&cookie).unwrap(), Shown::Session("s"));
        assert_eq!(find(&headers(&[])).unwrap(), Shown::Nothing);
    }

    #[test]
    fn one_key_twice_is_one_key() {
        let same = headers(&[("authorization", "Bearer k"), ("x-api-key", "k")]);
        assert_eq!(find(&same).unwrap(), Shown::Key("k"));
    }

    #[test]
    fn two_keys_are_refused() {
        for pairs in [
            [("authorization", "Bearer a"), ("x-api-key", "b")],
            [("authorization", "Bearer a"), ("authorization", "Bearer b")],
            [("x-api-key", "a"), ("x-api-key", "b")],
        ] {
            assert_eq!(find(&headers(&pairs)).unwrap_err().status(), 400, "{pairs:?}");
        }
    }

    #[test]
    fn another_scheme_is_nobody() {
        let basic = headers(&[("authorization", "Basic dXNlcjpwYXNz")]);
        assert_eq!(find(&basic).unwrap_err().status(), 401);
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let mut map = HeaderMap::new();
        map.insert("x-api-key", HeaderValue::from_bytes(b"\xff").unwrap());
        assert_eq!(find(&map).unwrap_err().status(), 400);
    }

    #[test]
    fn what_is_shown_is_never_printed() {
        let shown = headers(&[("x-api-key", "secret")]);
        assert_eq!(format!("{:?}", find(&shown).unwrap()), "Key(..)");
    }
}
