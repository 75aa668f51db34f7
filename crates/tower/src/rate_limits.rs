//! What is left of a key's rate limits, in headers (draft-ietf-httpapi-ratelimit-headers).

use std::fmt::Write as _;

use http::{HeaderMap, HeaderName, HeaderValue};
use keywright_domain::Timestamp;
use keywright_engine::LimitState;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Adds them, where there are any limits. An inner service's own are replaced: a response has one each.
pub(crate) fn tell(headers: &mut HeaderMap, limits: &[LimitState], now: Timestamp) {
    let (mut policy, mut left) = (String::new(), String::new());
    for state in limits {
        let separator = if policy.is_empty() { "" } else { ", " };
        let LimitState { name, limit, window_seconds, remaining, reset_at } = state;
        // Rounded up: by then all of it has come back.
        let seconds = reset_at.since(now).as_millis().div_ceil(1000);
        // A text takes all that is written to it; names are words, checked when they are set.
        let _ = write!(policy, "{separator}\"{name}\";q={limit};w={window_seconds}");
        let _ = write!(left, "{separator}\"{name}\";r={remaining};t={seconds}");
    }
    for (name, text) in [(POLICY, policy), (LIMIT, left)] {
        if let Ok(value) = HeaderValue::try_from(text)
            && !value.is_empty()
        {
            headers.insert(name, value);
        }
    }
}
