//! A key in a URL stands in logs and histories that nobody guards. It is not taken from there, and not repeated.

use std::borrow::Cow;

use axum::http::Uri;
use keywright_domain::{KeyShape, PresentedKey};
use percent_encoding::{percent_decode, percent_decode_str};

use super::failure::Failure;

/// Names under which other APIs take a key from a query, without the marks between their words.
const NAMES: [&str; 6] = ["apikey", "xapikey", "accesstoken", "key", "token", "authorization"];

/// Whether this is a key of a Keywright, and nothing that could be mistaken for one: its checksum fits.
pub(super) fn is_key(text: &str) -> bool {
    matches!(PresentedKey::new(text).shape(), KeyShape::Ours { checksum_matches: true, .. })
}

/// The same of a part of a URL, which may be escaped.
pub(crate) fn is_escaped_key(part: &[u8]) -> bool {
    percent_decode(part).decode_utf8().is_ok_and(|text| is_key(&text))
}

/// Refuses a query of a request without a credential that was meant to be one.
pub(super) fn check_is_not_meant_as_credential(uri: &Uri) -> Result<(), Failure> {
    let Some(query) = uri.query() else { return Ok(()) };
    let is_meant = query.split('&').any(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name);
        let plain = name.to_lowercase().replace(['-', '_', '.'], "");
        is_key(&name) || is_escaped_key(value.as_bytes()) || NAMES.contains(&plain.as_str())
    });
    if is_meant { Err(refusal()) } else { Ok(()) }
}

/// What is told: nothing of what stood there.
pub(super) fn refusal() -> Failure {
    Failure::malformed(
        "the query is no place for an API key, since URLs are logged on their way: send it as `Authorization: Bearer`, \
         and replace this one if it may have been seen",
    )
}

fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}
