//! Who asks: a key with `apiKey.verify`, shown as a bearer token or as a client's secret.

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keywright_engine::{Actor, Error, Unauthenticated};
use zeroize::Zeroizing;

use crate::app::App;
use crate::http::{Failure, key_caller, presented_key};

/// A client's name and secret (RFC 7617; `client_secret_basic` of RFC 6749, section 2.3.1).
struct Basic {
    client: String,
    secret: Zeroizing<String>,
}

/// Authenticates. Sessions count for nothing here: a form can be sent by any page.
pub(super) fn authenticate(app: &App, parts: &Parts) -> Result<Actor, Failure> {
    let Some(basic) = basic(&parts.headers)? else {
        let key = presented_key(app, &parts.headers)?.ok_or_else(nobody)?;
        return key_caller(app, parts, key);
    };
    let actor = key_caller(app, parts, &basic.secret)?;
    let is_own = basic.client.is_empty() || actor.key_id().is_some_and(|id| id.to_string() == basic.client);
    if is_own {
        return Ok(actor);
    }
    let message = "the client's name must be the id of the key that is its secret, or empty";
    Err(Failure::new(axum::http::StatusCode::UNAUTHORIZED, message))
}

fn nobody() -> Failure {
    Error::Unauthenticated(Unauthenticated::Missing).into()
}

/// The name and the secret in a request's one `Authorization` header, if it is of this kind.
fn basic(headers: &HeaderMap) -> Result<Option<Basic>, Failure> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let Some(encoded) = encoded(value) else { return Ok(None) };
    if values.next().is_some() || headers.contains_key("x-api-key") {
        return Err(Failure::malformed("more than one credential is shown: send one"));
    }
    decode(encoded).map(Some).ok_or_else(nobody)
}

fn encoded(value: &HeaderValue) -> Option<&str> {
    let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("basic").then_some(encoded.trim())
}

fn decode(encoded: &str) -> Option<Basic> {
    let decoded = Zeroizing::new(STANDARD.decode(encoded).ok()?);
    let (client, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some(Basic { client: client.to_owned(), secret: Zeroizing::new(secret.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Result<Option<(String, String)>, u16> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        let read = basic(&headers).map_err(|failure| failure.status().as_u16())?;
        Ok(read.map(|basic| (basic.client, basic.secret.to_string())))
    }

    #[test]
    fn a_name_and_a_secret_are_read() {
        let pair = |client: &str, secret: &str| Ok(Some((client.to_owned(), secret.to_owned())));
        assert_eq!(of("Basic aWQ6a2V5"), pair("id", "key"));
        assert_eq!(of("bAsIc  OmtleQ=="), pair("", "key"));
        assert_eq!(of("Basic aWQ6a2V5OndpdGg6Y29sb25z"), pair("id", "key:with:colons"));
    }

    #[test]
    fn what_is_no_such_pair_is_nobody() {
        assert_eq!(of("Bearer aWQ6a2V5"), Ok(None));
        for broken in ["Basic ###", "Basic aWQ=", "Basic /w=="] {
            assert_eq!(of(broken), Err(401), "{broken}");
        }
    }
}
