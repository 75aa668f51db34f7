//! How answers are wrapped.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::current;
use super::failure::{Failure, JSON};
use super::json_text::{JsonObject, WriteJson};
use super::request_id::RequestId;

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
    #[schema(value_type = String, example = "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10")]
    request_id: RequestId,
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
    #[schema(value_type = String, example = "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10")]
    request_id: RequestId,
}

/// An answer with data.
#[derive(Debug)]
pub(crate) struct Success<T>(pub(crate) T);

/// An answer without data.
#[derive(Debug)]
pub(crate) struct Emptied;

/// The same, where the data writes itself.
#[derive(Debug)]
pub(crate) struct Written<T>(pub(crate) T);

impl<T: WriteJson> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        json_of(StatusCode::OK, |text| {
            let mut envelope = JsonObject::begin(text);
            envelope.written(r#""code":200,"message":"success""#);
            // It is sane, or ours.
            envelope.word("requestId", current::request_id().as_str());
            self.0.write_json(envelope.value_of("data"))?;
            envelope.end();
            Ok(())
        })
    }
}

impl<T: Serialize> IntoResponse for Success<T> {
    fn into_response(self) -> Response {
        json(
            StatusCode::OK,
            &Envelope { code: 200, message: "success", request_id: current::request_id(), data: self.0 },
        )
    }
}

impl IntoResponse for Emptied {
    fn into_response(self) -> Response {
        json(
            StatusCode::OK,
            &EmptyEnvelope { code: 200, message: "success", request_id: current::request_id() },
        )
    }
}

/// An answer in JSON.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    json_of(status, |text| serde_json::to_writer(text, body))
}

fn json_of(status: StatusCode, write: impl FnOnce(&mut Vec<u8>) -> serde_json::Result<()>) -> Response {
    // Most answers fit: the text is not moved while it grows.
    let mut text = Vec::with_capacity(1024);
    match write(&mut text).map(|()| text) {
        Ok(body) => {
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = status;
            response.headers_mut().insert(CONTENT_TYPE, JSON);
            response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
            response
        }
        // No answer of ours has a map with keys that are no text, which is all that can fail here.
        Err(_) => Failure::internal().into_response(),
    }
}
