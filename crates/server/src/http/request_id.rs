//! The name of a request: the caller's, where it is sane, else ours.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use keywright_engine::Engine;
use serde::{Serialize, Serializer};

/// Where a request and its answer carry the id.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken from a caller.
const MAX_BYTES: usize = 64;

/// The name of a request. It is kept in place: what allocates, every request pays for.
#[derive(Clone, Copy)]
pub(crate) struct RequestId {
    bytes: [u8; MAX_BYTES],
    length: usize,
}

impl RequestId {
    /// The caller's id, if it is at most 64 of `[A-Za-z0-9-_.]`; else a new one.
    pub(super) fn take_or_make(headers: &HeaderMap, engine: &Engine) -> Self {
        let given = headers.get(HEADER).and_then(|value| value.to_str().ok()).filter(|id| is_sane(id));
        match given {
            Some(id) => Self::of(id),
            None => Self::of(engine.new_request_id().write_to(&mut [0; 36])),
        }
    }

    fn of(id: &str) -> Self {
        let mut bytes = [0; MAX_BYTES];
        bytes[..id.len()].copy_from_slice(id.as_bytes());
        Self { bytes, length: id.len() }
    }

    /// That of no request.
    pub(super) const fn none() -> Self {
        Self { bytes: [0; MAX_BYTES], length: 0 }
    }

    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }

    /// The id as a header.
    pub(super) fn as_header(&self) -> HeaderValue {
        HeaderValue::from_bytes(&self.bytes[..self.length]).unwrap_or_else(|_| HeaderValue::from_static("-"))
    }
}

impl Serialize for RequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
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
