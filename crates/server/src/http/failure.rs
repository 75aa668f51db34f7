//! What went wrong, as HTTP says it. The one place where the engine's errors become statuses.

use std::borrow::Cow;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use keywright_domain::Denial;
use keywright_engine::{Error, FieldProblem, Unauthenticated, told};
use serde::Serialize;
use utoipa::ToSchema;

use super::request_id::RequestId;
use super::{current, envelope};

/// The content type of every answer of the API.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// How long a caller is asked to wait where nothing better is known, in seconds.
const RETRY_SOON: u64 = 1;

/// A request that was not carried out. Boxed: it is the rare half of nearly every result here.
#[derive(Debug)]
pub(crate) struct Failure(Box<Told>);

#[derive(Debug)]
struct Told {
    status: StatusCode,
    message: Cow<'static, str>,
    details: Vec<FieldProblem>,
    missing: Vec<String>,
    challenge: Option<HeaderValue>,
    retry_after_seconds: Option<u64>,
}

/// A request was not carried out.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorEnvelope<'a> {
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 400)]
    code: u16,
    /// What is wrong and what would do, in words for people.
    #[schema(value_type = String, example = "name is required")]
    message: &'a str,
    /// The request's id, as in the header `X-Request-Id`: the server's log knows it.
    #[schema(value_type = String, example = "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10")]
    request_id: RequestId,
    /// The fields that cannot be accepted, where that is the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    details: Vec<Detail<'a>>,
    /// Permissions that the caller lacks, where that is the reason.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    #[schema(required = false, value_type = Vec<String>)]
    missing: &'a [String],
}

/// A field that cannot be accepted.
#[derive(Serialize, ToSchema)]
#[schema(as = ErrorDetail)]
pub(crate) struct Detail<'a> {
    /// Where it stands in the body, or the name of the parameter.
    #[schema(value_type = String, example = "rateLimits[0].limit")]
    field: &'a str,
    /// What is wrong with it and what would do.
    #[schema(value_type = String, example = "must be at least 1")]
    message: &'a str,
}

impl Failure {
    /// A failure in words.
    pub(crate) fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Told::new(status, message).into()
    }

    /// A request that is malformed as a whole.
    pub(crate) fn malformed(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// A field that cannot be accepted.
    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::of_problems(vec![FieldProblem::new(field, message)])
    }

    /// Fields that cannot be accepted.
    pub(crate) fn of_problems(problems: Vec<FieldProblem>) -> Self {
        Error::Invalid(problems).into()
    }

    /// Something of ours that cannot be right; the log says more.
    pub(crate) fn internal() -> Self {
        Error::Internal(String::new()).into()
    }

    /// It cannot be done now.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Error::Unavailable(message.into()).into()
    }

    /// The status.
    pub(crate) const fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What to tell a person.
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// What is wrong with which field.
    pub(crate) fn problems(&self) -> &[FieldProblem] {
        &self.0.details
    }

    /// Its message, status and fields as an item of a list that fails by itself.
    pub(crate) fn into_parts(self) -> (StatusCode, String, Vec<FieldProblem>) {
        (self.0.status, self.0.message.into_owned(), self.0.details)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Told::from(error).into()
    }
}

impl From<Told> for Failure {
    fn from(told: Told) -> Self {
        Self(Box::new(told))
    }
}

impl Told {
    fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            message: message.into(),
            details: Vec::new(),
            missing: Vec::new(),
            challenge: None,
            retry_after_seconds: None,
        }
    }
}

impl From<Error> for Told {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Invalid(details) => Self { details, ..Self::new(StatusCode::BAD_REQUEST, message) },
            Error::Unauthenticated(why) => Self {
                challenge: Some(HeaderValue::from_static(match why {
                    // RFC 6750, section 3.1: no error code where no credential was presented.
                    Unauthenticated::Missing => "Bearer",
                    _ => "Bearer error=\"invalid_token\"",
                })),
                ..Self::new(StatusCode::UNAUTHORIZED, who_are_you(&why))
            },
            Error::Forbidden { missing, .. } | Error::BeyondGranter { missing, .. } => Self {
                challenge: scope_challenge(&missing),
                missing,
                ..Self::new(StatusCode::FORBIDDEN, message)
            },
            Error::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, message),
            Error::Conflict(_) => Self::new(StatusCode::CONFLICT, message),
            Error::TooManyAttempts { retry_after } => Self {
                retry_after_seconds: Some(told::retry_after_seconds(retry_after)),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, message)
            },
            Error::Unavailable(_) => Self {
                retry_after_seconds: Some(RETRY_SOON),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
            },
            Error::Internal(reason) => {
                if !reason.is_empty() {
                    tracing::error!(request_id = current::request_id().as_str(), reason, "a request failed");
                }
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
            }
        }
    }
}

impl Failure {
    /// In the native API's envelope.
    fn in_envelope(&self) -> Response {
        let Told { status, message, details, missing, .. } = &*self.0;
        let details = details.iter().map(|p| Detail { field: &p.field, message: &p.message }).collect();
        let request_id = current::request_id();
        let envelope = ErrorEnvelope { code: status.as_u16(), message, request_id, details, missing };
        envelope::json(*status, &envelope)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = match current::teller() {
            Some(tell) => tell(&self),
            None => self.in_envelope(),
        };
        let Told { challenge, retry_after_seconds, .. } = *self.0;
        let headers = response.headers_mut();
        if let Some(challenge) = challenge {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = retry_after_seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

fn who_are_you(why: &Unauthenticated) -> &'static str {
    match why {
        Unauthenticated::Missing => {
            "authentication is needed: send an API key as `Authorization: Bearer <key>` or `X-API-Key: <key>`"
        }
        Unauthenticated::Key(Denial::OwnerInactive) => {
            "the owner of the API key is disabled or no longer a member"
        }
        Unauthenticated::Key(denial) => told::in_http(denial.code()).1,
        Unauthenticated::Session => "the session has ended: sign in again",
        Unauthenticated::Password => "incorrect email or password",
        Unauthenticated::Portal => {
            "this session has ended: come back by the link of the site that you came from"
        }
        Unauthenticated::Link => "the link is not known, has been used or has expired",
    }
}

/// RFC 6750, section 3.1; `None` where no permission would help.
fn scope_challenge(missing: &[String]) -> Option<HeaderValue> {
    if missing.is_empty() {
        return None;
    }
    HeaderValue::from_str(&told::scope_challenge(missing)).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn header(failure: Failure, name: axum::http::HeaderName) -> Option<String> {
        let response = failure.into_response();
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn nobody_is_challenged_without_an_error_code() {
        let failure = Failure::from(Error::Unauthenticated(Unauthenticated::Missing));
        assert_eq!(header(failure, WWW_AUTHENTICATE).as_deref(), Some("Bearer"));
    }

    #[test]
    fn a_bad_key_is_an_invalid_token() {
        let failure = Failure::from(Error::Unauthenticated(Unauthenticated::Key(Denial::NotFound)));
        assert_eq!(header(failure, WWW_AUTHENTICATE).as_deref(), Some("Bearer error=\"invalid_token\""));
    }

    #[test]
    fn a_missing_permission_is_named_in_the_scope() {
        let missing = vec!["apiKey.create".to_owned(), "evil\" x".to_owned(), "asset:*".to_owned()];
        let failure = Failure::from(Error::Forbidden { message: "no".to_owned(), missing });
        let expected = "Bearer error=\"insufficient_scope\", scope=\"apiKey.create asset:*\"";
        assert_eq!(header(failure, WWW_AUTHENTICATE).as_deref(), Some(expected));
        assert_eq!(header(Failure::from(Error::forbidden("no")), WWW_AUTHENTICATE), None);
    }

    #[test]
    fn waiting_times_are_rounded_up() {
        let error = Error::TooManyAttempts { retry_after: Duration::from_millis(1200) };
        assert_eq!(header(error.into(), RETRY_AFTER).as_deref(), Some("2"));
        assert_eq!(header(Failure::unavailable("later"), RETRY_AFTER).as_deref(), Some("1"));
    }
}
