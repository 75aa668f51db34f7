//! The name of a request: the caller's, where it is sane, else ours.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use keywright_engine::Engine;

/// Where a request and its answer carry the id.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken from a caller.
const MAX_BYTES: usize = 64;

/// The caller's id, if it is at most 64 of `[A-Za-z0-9-_.]`; else a new one.
pub(super) fn take_or_make(headers: &HeaderMap, engine: &Engine) -> String {
    let given = headers.get(HEADER).and_then(|value| value.to_str().ok()).filter(|id| is_sane(id));
    given.map_or_else(|| engine.new_request_id(), str::to_owned)
}

/// The id as a header.
pub(super) fn as_header(id: String) -> HeaderValue {
    HeaderValue::try_from(id).unwrap_or_else(|_| HeaderValue::from_static("-"))
}

fn is_sane(id: &str) -> bool {
    (1..=MAX_BYTES).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::is_sane;

    #[test]
    fn sane_ids_are_short_words() {
        assert!(is_sane("a"));
        assert!(is_sane("01J-x_y.Z9"));
        assert!(is_sane(&"a".repeat(64)));
    }

    #[test]
    fn anything_that_could_forge_a_log_line_is_not_sane() {
        for bad in ["", "a b", "a\"b", "a\nb", "ä", "a;b", "{}", &"a".repeat(65)] {
            assert!(!is_sane(bad), "{bad:?}");
        }
    }
}
