//! The headers of an answer: who the key's holder is, and how much of its limits is left.

use axum::http::{HeaderName, HeaderValue};
use keywright_domain::{Id, Timestamp};
use keywright_engine::told::{RateLimitLeft, RateLimitPolicy};
use keywright_engine::{LimitState, VerifiedKey};
use keywright_store::KeyOwner;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub(crate) const KEY_ID: HeaderName = HeaderName::from_static("x-keywright-key-id");
pub(crate) const ORGANIZATION_ID: HeaderName = HeaderName::from_static("x-keywright-organization-id");
pub(crate) const USER_ID: HeaderName = HeaderName::from_static("x-keywright-user-id");
pub(crate) const SERVICE_ACCOUNT_ID: HeaderName = HeaderName::from_static("x-keywright-service-account-id");
pub(crate) const EXTERNAL_ID: HeaderName = HeaderName::from_static("x-keywright-external-id");
pub(crate) const PERMISSIONS: HeaderName = HeaderName::from_static("x-keywright-permissions");
pub(crate) const REASON: HeaderName = HeaderName::from_static("x-keywright-reason");
pub(crate) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(crate) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Those that say who somebody is: whoever believes them must not get them from anybody else.
pub(crate) const IDENTITY: [HeaderName; 6] =
    [KEY_ID, ORGANIZATION_ID, USER_ID, SERVICE_ACCOUNT_ID, EXTERNAL_ID, PERMISSIONS];

/// The longest list of permissions, in bytes: nginx reads an answer's headers into a buffer of 4 or 8 KiB.
const MAX_PERMISSIONS_BYTES: usize = 2048;

/// RFC 3986, section 2.3: what needs no escape.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Who the holder of a key is.
pub(crate) fn identity(
    key: &VerifiedKey,
    with_permissions: bool,
    mut put: impl FnMut(HeaderName, HeaderValue),
) {
    put(KEY_ID, id(key.id));
    put(ORGANIZATION_ID, id(key.organization()));
    match key.owner() {
        KeyOwner::User(user) => put(USER_ID, id(user)),
        KeyOwner::ServiceAccount(account) => put(SERVICE_ACCOUNT_ID, id(account)),
    }
    let mut put = |name, text: String| {
        if let Ok(value) = HeaderValue::try_from(text) {
            put(name, value);
        }
    };
    if let Some(external_id) = key.external_id() {
        put(EXTERNAL_ID, utf8_percent_encode(external_id, RESERVED).to_string());
    }
    if with_permissions {
        // The service is told no verbs: what they deny must not stand there.
        let permissions = key.scope().join(" ");
        // Half a list would be read as a whole one.
        if !permissions.is_empty() && permissions.len() <= MAX_PERMISSIONS_BYTES {
            put(PERMISSIONS, permissions);
        }
    }
}

/// What is left of rate limits, as draft-ietf-httpapi-ratelimit-headers says it.
pub(crate) fn rate_limits(
    limits: &[LimitState],
    now: Timestamp,
    mut put: impl FnMut(HeaderName, HeaderValue),
) {
    if limits.is_empty() {
        return;
    }
    if let Ok(policy) = HeaderValue::try_from(RateLimitPolicy(limits).to_string()) {
        put(RATE_LIMIT_POLICY, policy);
    }
    if let Ok(left) = HeaderValue::try_from(RateLimitLeft(limits, now).to_string()) {
        put(RATE_LIMIT, left);
    }
}

/// A value of its own for each: that is made faster than shares of one allocation, whose holders are counted.
fn id<Kind>(id: Id<Kind>) -> HeaderValue {
    HeaderValue::from_str(id.write_to(&mut [0; 36])).expect("hexadecimal digits and hyphens")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told_as_the_draft_says() {
        let limit = |name: &str, remaining, reset_ms| LimitState {
            name: name.to_owned(),
            limit: 100,
            window_seconds: 60,
            remaining,
            reset_at: Timestamp::from_millis(reset_ms),
        };
        let limits = [limit("default", 50, 30_001)];
        let mut told = Vec::new();
        rate_limits(&limits, Timestamp::from_millis(1000), |name, value| {
            told.push(format!("{name}: {}", value.to_str().unwrap()));
        });
        assert_eq!(told, [r#"ratelimit-policy: "default";q=100;w=60"#, r#"ratelimit: "default";r=50;t=30"#]);
        rate_limits(&[], Timestamp::from_millis(0), |name, _| panic!("{name}"));
    }
}
