//! The headers of an answer: who the key's holder is, and how much of its limits is left.

use std::fmt::{self, Write as _};

use axum::http::{HeaderName, HeaderValue};
use bytes::{BufMut as _, BytesMut};
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

/// Writes header values into one allocation, as long as that is large enough.
pub(crate) struct Writer(BytesMut);

impl Writer {
    pub(crate) fn new() -> Self {
        // Three ids, a short external id, and one limit.
        Self(BytesMut::with_capacity(256))
    }

    fn value(&mut self, text: fmt::Arguments<'_>) -> Option<HeaderValue> {
        self.0.write_fmt(text).ok()?;
        self.written()
    }

    fn id<Kind>(&mut self, id: Id<Kind>) -> Option<HeaderValue> {
        self.0.put_slice(id.write_to(&mut [0; 36]).as_bytes());
        self.written()
    }

    /// What was written since the last value.
    fn written(&mut self) -> Option<HeaderValue> {
        HeaderValue::from_maybe_shared(self.0.split().freeze()).ok()
    }

    /// Who the holder of a key is.
    pub(crate) fn identity(
        &mut self,
        key: &VerifiedKey,
        with_permissions: bool,
        mut put: impl FnMut(HeaderName, HeaderValue),
    ) {
        let mut put = |name, value| {
            if let Some(value) = value {
                put(name, value);
            }
        };
        put(KEY_ID, self.id(key.id));
        put(ORGANIZATION_ID, self.id(key.organization()));
        match key.owner() {
            KeyOwner::User(id) => put(USER_ID, self.id(id)),
            KeyOwner::ServiceAccount(id) => put(SERVICE_ACCOUNT_ID, self.id(id)),
        }
        if let Some(external_id) = key.external_id() {
            put(EXTERNAL_ID, self.value(format_args!("{}", utf8_percent_encode(external_id, RESERVED))));
        }
        if with_permissions {
            // The service is told no verbs: what they deny must not stand there.
            let permissions = key.scope().join(" ");
            // Half a list would be read as a whole one.
            if !permissions.is_empty() && permissions.len() <= MAX_PERMISSIONS_BYTES {
                put(PERMISSIONS, self.value(format_args!("{permissions}")));
            }
        }
    }

    /// What is left of rate limits, as draft-ietf-httpapi-ratelimit-headers says it.
    pub(crate) fn rate_limits(
        &mut self,
        limits: &[LimitState],
        now: Timestamp,
        mut put: impl FnMut(HeaderName, HeaderValue),
    ) {
        if limits.is_empty() {
            return;
        }
        if let Some(policy) = self.value(format_args!("{}", RateLimitPolicy(limits))) {
            put(RATE_LIMIT_POLICY, policy);
        }
        if let Some(left) = self.value(format_args!("{}", RateLimitLeft(limits, now))) {
            put(RATE_LIMIT, left);
        }
    }
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
        Writer::new().rate_limits(&limits, Timestamp::from_millis(1000), |name, value| {
            told.push(format!("{name}: {}", value.to_str().unwrap()));
        });
        assert_eq!(told, [r#"ratelimit-policy: "default";q=100;w=60"#, r#"ratelimit: "default";r=50;t=30"#]);
        Writer::new().rate_limits(&[], Timestamp::from_millis(0), |name, _| panic!("{name}"));
    }
}
