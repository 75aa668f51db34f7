//! How answers are wrapped.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::current;
use super::failure::{Failure, JSON};

/// Answers hold secrets and the state of this moment: nobody keeps them (RFC 9111, section 5.2.2.5).
pub(super) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// What was asked for was done.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Envelope<T> {
    /// The HTTP status.
    #[schema(value_type = u16, minimum = 200, maximum = 200, example = 200)]
    code: u16,
    /// `success`.
    #[schema(value_type = String, example = "success")]
    message: &'static str,
    /// The request's id, as in the header `X-Request-Id`.
    #[schema(example = "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10")]
    request_id: String,
    /// What was asked for.
    data: T,
}

/// What was asked for was done, and there is nothing to tell.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EmptyEnvelope {
    /// The HTTP status.
    #[schema(minimum = 200, maximum = 200, example = 200)]
    code: u16,
    /// `success`.
    #[schema(value_type = String, example = "success")]
    message: &'static str,
    /// The request's id, as in the header `X-Request-Id`.
    #[schema(example = "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10")]
    request_id: String,
}

/// An answer with data.
#[derive(Debug)]
pub(crate) struct Success<T>(pub(crate) T);

/// An answer without data.
#[derive(Debug)]
pub(crate) struct Emptied;

impl<T: Serialize> IntoResponse for Success<T> {
    fn into_response(self) -> Response {
        let envelope =
            Envelope { code: 200, message: "success", request_id: current::request_id(), data: self.0 };
        json(StatusCode::OK, &envelope)
    }
}

impl IntoResponse for Emptied {
    fn into_response(self) -> Response {
        let envelope = EmptyEnvelope { code: 200, message: "success", request_id: current::request_id() };
        json(StatusCode::OK, &envelope)
    }
}

/// An answer in JSON.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    // Most answers fit: the text is not moved while it grows.
    let mut text = Vec::with_capacity(1024);
    match serde_json::to_writer(&mut text, body).map(|()| text) {
        Ok(body) => (status, [(CONTENT_TYPE, JSON), (CACHE_CONTROL, NO_STORE)], body).into_response(),
        // No answer of ours has a map with keys that are no text, which is all that can fail here.
        Err(_) => Failure::internal().into_response(),
    }
}
