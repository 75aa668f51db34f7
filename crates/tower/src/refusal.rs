//! Requests that are let through no further, and what they are answered.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use keywright_domain::Timestamp;
use keywright_engine::{Error, Verdict, told};
use serde_json::json;

use crate::rate_limits;

/// Why a request goes no further.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It has no key.
    Missing,
    /// It has more than one, or something unreadable in a key's place.
    Ambiguous,
    /// Its key was refused.
    Key(Box<Verdict>),
    /// Nothing was answered about its key.
    Unanswered,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            // Permissions were checked when the layer was made: a method without a verb is left.
            Error::Invalid(_) => Self::Key(Box::new(Verdict {
                valid: false,
                code: "INSUFFICIENT_PERMISSIONS",
                missing: Vec::new(),
                key: None,
                rate_limits: Vec::new(),
                credits: None,
                retry_after: None,
            })),
            error => {
                tracing::error!(%error, "a key could not be checked");
                Self::Unanswered
            }
        }
    }
}

impl Refusal {
    /// The answer.
    pub(crate) fn into_response<B: From<String>>(self, now: Timestamp) -> Response<B> {
        let (status, message) = match &self {
            Self::Missing => (StatusCode::UNAUTHORIZED, "an API key is needed"),
            Self::Ambiguous => {
                (StatusCode::BAD_REQUEST, "more than one API key is shown, or one that cannot be read")
            }
            Self::Key(verdict) => {
                let (status, message) = told::in_http(verdict.code);
                (StatusCode::from_u16(status).unwrap_or(StatusCode::UNAUTHORIZED), message)
            }
            Self::Unanswered => {
                (StatusCode::SERVICE_UNAVAILABLE, "API keys cannot be checked now; try again")
            }
        };
        let mut body = json!({"code": status.as_u16(), "message": message});
        if let Self::Key(verdict) = &self
            && !verdict.missing.is_empty()
        {
            body["missing"] = json!(verdict.missing);
        }
        let mut response = Response::new(B::from(body.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = self.challenge(status) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after_seconds() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Self::Key(verdict) = &self {
            rate_limits::tell(headers, &verdict.rate_limits, now);
        }
        response
    }

    /// RFC 6750, section 3.
    fn challenge(&self, status: StatusCode) -> Option<HeaderValue> {
        match self {
            // No error code where no key was shown.
            Self::Missing => Some(HeaderValue::from_static("Bearer")),
            Self::Key(_) if status == StatusCode::UNAUTHORIZED => {
                Some(HeaderValue::from_static("Bearer error=\"invalid_token\""))
            }
            Self::Key(verdict) if status == StatusCode::FORBIDDEN && !verdict.missing.is_empty() => {
                HeaderValue::try_from(told::scope_challenge(&verdict.missing)).ok()
            }
            _ => None,
        }
    }

    fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::Unanswered => Some(1),
            Self::Key(verdict) => verdict.retry_after.map(told::retry_after_seconds),
            _ => None,
        }
    }
}
