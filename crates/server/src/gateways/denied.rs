//! Why a request may not pass, and what is said of it.

use std::borrow::Cow;
use std::time::Duration;

use axum::http::StatusCode;
use keywright_engine::{Error, LimitState, Verdict};

use super::credentials::NoKey;

/// How long is asked to wait where nothing better is known, in seconds.
const RETRY_SOON: u64 = 1;
/// The longest list of permissions in a challenge, in bytes: a header must stay one.
const MAX_SCOPE_BYTES: usize = 1024;

/// A request that may not pass. It travels boxed: it is the rare half of a result.
#[derive(Debug)]
pub(crate) struct Denied {
    /// 401, 403, 429 or 503.
    pub(crate) status: StatusCode,
    /// A word for programs.
    pub(crate) reason: &'static str,
    /// Words for people, who may be strangers.
    pub(crate) message: Cow<'static, str>,
    /// `WWW-Authenticate`.
    pub(crate) challenge: Option<String>,
    pub(crate) retry_after_seconds: Option<u64>,
    pub(crate) rate_limits: Vec<LimitState>,
    /// What the operator must know: something is not configured as it should be.
    pub(crate) complaint: Option<String>,
}

const NO_KEY: &str =
    "an API key is needed: send it as `Authorization: Bearer <key>` or in the header that this service names";

impl Denied {
    fn new(status: StatusCode, reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            reason,
            message: message.into(),
            challenge: None,
            retry_after_seconds: None,
            rate_limits: Vec::new(),
            complaint: None,
        }
    }

    fn unauthenticated(reason: &'static str, error: Option<&str>, message: &'static str) -> Self {
        // RFC 6750, section 3.1: no error code where no credential was presented.
        let challenge =
            error.map_or_else(|| "Bearer".to_owned(), |error| format!("Bearer error=\"{error}\""));
        Self { challenge: Some(challenge), ..Self::new(StatusCode::UNAUTHORIZED, reason, message) }
    }

    pub(crate) fn no_key(why: NoKey) -> Box<Self> {
        Box::new(match why {
            NoKey::Missing => Self::unauthenticated("NO_KEY", None, NO_KEY),
            NoKey::Several => {
                let message = "several API keys were sent: send one, in one place";
                Self::unauthenticated("SEVERAL_KEYS", Some("invalid_request"), message)
            }
            NoKey::NotText => {
                let message = "the API key must be visible ASCII";
                Self::unauthenticated("KEY_UNREADABLE", Some("invalid_request"), message)
            }
            NoKey::InUrl => {
                let message = "an API key stands in the URL, where logs keep it: send it in a header, and rotate this one";
                Self::unauthenticated("KEY_IN_URL", Some("invalid_request"), message)
            }
        })
    }

    /// A verdict that is not valid.
    pub(crate) fn of_verdict(verdict: Verdict) -> Box<Self> {
        let reason = verdict.code;
        let denied = match reason {
            "IP_NOT_ALLOWED" => {
                Self::new(StatusCode::FORBIDDEN, reason, "the API key may not be used from this address")
            }
            "INSUFFICIENT_PERMISSIONS" => Self {
                challenge: Some(scope_challenge(&verdict.missing)),
                ..Self::new(StatusCode::FORBIDDEN, reason, "the API key may not do this")
            },
            "CREDITS_EXHAUSTED" => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, reason, "the API key has no credits left")
            }
            "RATE_LIMITED" => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, reason, "the API key is used too often")
            }
            _ => Self::unauthenticated(
                reason,
                Some("invalid_token"),
                match reason {
                    "MALFORMED" => "the API key is malformed: check that it was copied whole",
                    "REVOKED" => "the API key has been revoked",
                    "DISABLED" => "the API key is disabled",
                    "EXPIRED" => "the API key has expired",
                    _ => "the API key is not known here",
                },
            ),
        };
        Box::new(Self {
            retry_after_seconds: verdict.retry_after.map(whole_seconds),
            rate_limits: verdict.rate_limits,
            ..denied
        })
    }

    /// What kept the engine from an answer. Nobody is told that their key is bad.
    pub(crate) fn of_error(error: Error) -> Box<Self> {
        match error {
            // The question came from the configuration.
            Error::Invalid(_) => Self::misconfigured(format!("the demand cannot be: {error}")),
            Error::TooManyAttempts { retry_after } => Box::new(Self {
                retry_after_seconds: Some(whole_seconds(retry_after)),
                ..Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "TOO_MANY_ATTEMPTS",
                    "too many attempts: try again later",
                )
            }),
            error => Self::unavailable(error.to_string()),
        }
    }

    /// Nothing can be answered now.
    pub(crate) fn unavailable(complaint: String) -> Box<Self> {
        Box::new(Self {
            retry_after_seconds: Some(RETRY_SOON),
            complaint: Some(complaint),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                "API keys cannot be checked now: try again",
            )
        })
    }

    /// The gateway does not ask as it should. Its client cannot help it, and is told nothing more.
    pub(crate) fn misconfigured(complaint: String) -> Box<Self> {
        let message = "the gateway's question about this request cannot be answered; its operator finds the reason in \
                       the key server's log";
        Box::new(Self {
            complaint: Some(complaint),
            ..Self::new(StatusCode::FORBIDDEN, "GATEWAY_MISCONFIGURED", message)
        })
    }

    /// The path cannot be read; `what` goes on after "the path".
    pub(crate) fn path(what: &str) -> Box<Self> {
        Box::new(Self::new(StatusCode::FORBIDDEN, "PATH_REFUSED", format!("the path {what}")))
    }

    pub(crate) fn method() -> Box<Self> {
        let message = "requests with this method are not let through";
        Box::new(Self::new(StatusCode::FORBIDDEN, "METHOD_REFUSED", message))
    }

    pub(crate) fn no_route() -> Box<Self> {
        Box::new(Self::new(StatusCode::FORBIDDEN, "NO_ROUTE", "nothing is let through to this path"))
    }
}

/// Rounded up: whoever waits that long has waited long enough.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX)
}

/// RFC 6750, section 3.1.
fn scope_challenge(missing: &[String]) -> String {
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
