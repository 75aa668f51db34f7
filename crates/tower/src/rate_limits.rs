//! What is left of a key's rate limits, in headers (draft-ietf-httpapi-ratelimit-headers).

use http::{HeaderMap, HeaderName, HeaderValue};
use keywright_domain::Timestamp;
use keywright_engine::LimitState;
use keywright_engine::told::{RateLimitLeft, RateLimitPolicy};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Adds them, where there are any limits. An inner service's own are replaced: a response has one each.
pub(crate) fn tell(headers: &mut HeaderMap, limits: &[LimitState], now: Timestamp) {
    let policy = RateLimitPolicy(limits).to_string();
    let left = RateLimitLeft(limits, now).to_string();
    for (name, text) in [(POLICY, policy), (LIMIT, left)] {
        if let Ok(value) = HeaderValue::try_from(text)
            && !value.is_empty()
        {
            headers.insert(name, value);
        }
    }
}
