//! Why a request may not pass, and what is said of it.

use std::borrow::Cow;

use axum::http::StatusCode;
use keywright_engine::{Error, LimitState, Verdict, told};

use super::credentials::NoKey;

/// How long is asked to wait where nothing better is known, in seconds.
const RETRY_SOON: u64 = 1;

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
        let (status, message) = told::in_http(reason);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::UNAUTHORIZED);
        let denied = match status {
            StatusCode::UNAUTHORIZED => Self::unauthenticated(reason, Some("invalid_token"), message),
            _ if reason == "INSUFFICIENT_PERMISSIONS" => Self {
                challenge: Some(told::scope_challenge(&verdict.missing)),
                ..Self::new(status, reason, message)
            },
            _ => Self::new(status, reason, message),
        };
        Box::new(Self {
            retry_after_seconds: verdict.retry_after.map(told::retry_after_seconds),
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
                retry_after_seconds: Some(told::retry_after_seconds(retry_after)),
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
