//! Failures, in this dialect's shape: `{"message", "error", "statusCode", "correlationId"}`.

use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use keywright_engine::{Error, FieldProblem};
use serde::Serialize;

use super::correlation;
use crate::http::{Failure, correlation_id, json};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    message: Message<'a>,
    /// The status, in words.
    error: &'static str,
    status_code: u16,
    correlation_id: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Message<'a> {
    One(&'a str),
    /// What is wrong with each field.
    Many(Vec<String>),
}

/// Writes a failure down.
pub(in crate::dialects) fn tell(failure: &Failure) -> Response {
    let status = failure.status();
    let body = Body {
        message: match failure.problems() {
            [] => Message::One(failure.message()),
            problems => Message::Many(problems.iter().map(sentence).collect()),
        },
        error: status.canonical_reason().unwrap_or("Error"),
        status_code: status.as_u16(),
        correlation_id: correlation_id(),
    };
    let mut response = json(status, &body);
    response.headers_mut().insert(correlation::HEADER, correlation::as_header());
    if status == StatusCode::UNAUTHORIZED {
        // RFC 9110, section 15.5.2: a 401 says how to authenticate.
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn sentence(problem: &FieldProblem) -> String {
    format!("{} {}", problem.field, problem.message)
}

/// A request that cannot be accepted, in words that this system's clients know.
pub(super) fn bad_request(message: &'static str) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, message)
}

/// A caller who is not let in.
pub(super) fn unauthorized(message: &'static str) -> Failure {
    Failure::new(StatusCode::UNAUTHORIZED, message)
}

/// A caller who may not do this.
pub(super) fn forbidden(message: impl Into<std::borrow::Cow<'static, str>>) -> Failure {
    Failure::new(StatusCode::FORBIDDEN, message)
}

/// What the engine says about a key, as it is said here: a key that is not there is a bad request.
pub(super) fn of_key(error: Error) -> Failure {
    match error {
        Error::NotFound { .. } => bad_request("API Key not found"),
        Error::BeyondGranter { .. } => bad_request("Cannot grant permissions you do not have"),
        other => other.into(),
    }
}
