//! What answers about keys are over HTTP, said once for all who stand in front of a service: the gateways, a service that the
//! engine is part of, and the request log, which notes what they answer.

use std::fmt::{self, Display, Write as _};
use std::time::Duration;

use keywright_domain::Timestamp;

use crate::limits::LimitState;

/// The longest `scope` in a challenge, in bytes: a header must stay one.
const MAX_SCOPE_BYTES: usize = 1024;

/// What a request is answered whose key is answered with this code: its status, and words for people, who may be strangers.
///
/// 401 where another key would do, 403 where this one may not do this, or not from there; 429 where the same may pass later:
/// limits drain, and credits are filled up or bought.
pub fn in_http(code: &str) -> (u16, &'static str) {
    match code {
        "VALID" => (200, "the API key may do this"),
        "MALFORMED" => (401, "the API key is malformed: check that it was copied whole"),
        "REVOKED" => (401, "the API key has been revoked"),
        "DISABLED" => (401, "the API key is disabled"),
        "EXPIRED" => (401, "the API key has expired"),
        "IP_NOT_ALLOWED" => (403, "the API key may not be used from this address"),
        "INSUFFICIENT_PERMISSIONS" => (403, "the API key may not do this"),
        "CREDITS_EXHAUSTED" => (429, "the API key has no credits left"),
        "RATE_LIMITED" => (429, "the API key is used too often"),
        _ => (401, "the API key is not known here"),
    }
}

/// `WWW-Authenticate` for a key that lacks permissions (RFC 6750, section 3.1), as many of them as fit.
pub fn scope_challenge(missing: &[String]) -> String {
    let mut scope = String::new();
    // Section 3: no quotes, backslashes or control characters. Permissions have none; nothing else may slip in here.
    let fits = |name: &&String| name.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
    for name in missing.iter().filter(fits) {
        if scope.len() + name.len() >= MAX_SCOPE_BYTES {
            break;
        }
        if !scope.is_empty() {
            scope.push(' ');
        }
        scope.push_str(name);
    }
    if scope.is_empty() {
        return "Bearer error=\"insufficient_scope\"".to_owned();
    }
    format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"")
}

/// `Retry-After`: rounded up, so that whoever waits that long has waited long enough.
pub fn retry_after_seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX)
}

/// `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers: `"default";q=100;w=60`
#[derive(Debug, Clone, Copy)]
pub struct RateLimitPolicy<'a>(pub &'a [LimitState]);

impl Display for RateLimitPolicy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        listed(f, self.0, |f, limit| {
            write!(f, "{};q={};w={}", Quoted(&limit.name), limit.limit, limit.window_seconds)
        })
    }
}

/// `RateLimit` of the same, as of a time: `"default";r=50;t=30`
#[derive(Debug, Clone, Copy)]
pub struct RateLimitLeft<'a>(pub &'a [LimitState], pub Timestamp);

impl Display for RateLimitLeft<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        listed(f, self.0, |f, limit| {
            // Rounded up: by then all of it has come back.
            let reset_seconds = limit.reset_at.since(self.1).as_millis().div_ceil(1000);
            write!(f, "{};r={};t={reset_seconds}", Quoted(&limit.name), limit.remaining)
        })
    }
}

fn listed(
    f: &mut fmt::Formatter<'_>,
    limits: &[LimitState],
    write: impl Fn(&mut fmt::Formatter<'_>, &LimitState) -> fmt::Result,
) -> fmt::Result {
    for (position, limit) in limits.iter().enumerate() {
        if position > 0 {
            f.write_str(", ")?;
        }
        write(f, limit)?;
    }
    Ok(())
}

/// A string of RFC 9651, section 3.3.3. What it cannot hold is left out.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for character in self.0.chars().filter(|c| (' '..='~').contains(c)) {
            if matches!(character, '"' | '\\') {
                f.write_char('\\')?;
            }
            f.write_char(character)?;
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VERDICT_CODES;

    #[test]
    fn every_code_has_a_status_and_words_of_its_own() {
        let told: Vec<_> = VERDICT_CODES.iter().map(|code| (*code, in_http(code).0)).collect();
        assert_eq!(
            told,
            [
                ("VALID", 200),
                ("MALFORMED", 401),
                ("NOT_FOUND", 401),
                ("REVOKED", 401),
                ("DISABLED", 401),
                ("EXPIRED", 401),
                ("IP_NOT_ALLOWED", 403),
                ("INSUFFICIENT_PERMISSIONS", 403),
                ("CREDITS_EXHAUSTED", 429),
                ("RATE_LIMITED", 429),
            ]
        );
        let words: std::collections::HashSet<_> = VERDICT_CODES.iter().map(|code| in_http(code).1).collect();
        assert_eq!(words.len(), VERDICT_CODES.len());
    }

    #[test]
    fn a_challenge_names_what_is_missing_and_stays_a_header() {
        let missing = ["apiKey.create", "evil\" x", "asset:*"].map(str::to_owned);
        let expected = "Bearer error=\"insufficient_scope\", scope=\"apiKey.create asset:*\"";
        assert_eq!(scope_challenge(&missing), expected);
        assert_eq!(scope_challenge(&[]), "Bearer error=\"insufficient_scope\"");
        let many: Vec<String> = (0..500).map(|at| format!("asset.read{at}")).collect();
        assert!(scope_challenge(&many).len() < MAX_SCOPE_BYTES + 64);
    }

    #[test]
    fn waiting_times_are_rounded_up() {
        for (millis, seconds) in [(0, 1), (1, 1), (1000, 1), (1200, 2)] {
            assert_eq!(retry_after_seconds(Duration::from_millis(millis)), seconds);
        }
    }

    #[test]
    fn limits_are_told_as_the_draft_says() {
        let limit = |name: &str, remaining, reset_ms| LimitState {
            name: name.to_owned(),
            limit: 100,
            window_seconds: 60,
            remaining,
            reset_at: Timestamp::from_millis(reset_ms),
        };
        let limits = [limit("default", 50, 30_001), limit("a\"\\é", 0, 0)];
        let policy = RateLimitPolicy(&limits).to_string();
        assert_eq!(policy, r#""default";q=100;w=60, "a\"\\";q=100;w=60"#);
        let left = RateLimitLeft(&limits, Timestamp::from_millis(1000)).to_string();
        assert_eq!(left, r#""default";r=50;t=30, "a\"\\";r=0;t=0"#);
        assert_eq!(RateLimitPolicy(&[]).to_string(), "");
    }
}
