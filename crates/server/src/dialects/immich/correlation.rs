//! `x-immich-cid`: the name by which a caller finds a request again.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::http::{correlation_id, note_correlation_id};

/// Where a request and its answer carry it.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-immich-cid");

/// The longest that is taken from a caller.
const MAX_BYTES: usize = 256;

/// Notes the caller's name of the request, where it is text of a sane length, and repeats it in the answer. Else the
/// request's own id is taken, by which the log knows it.
pub(super) async fn correlate(request: Request, next: Next) -> Response {
    let given = request.headers().get(HEADER).and_then(|value| value.to_str().ok());
    if let Some(given) = given.filter(|given| (1..=MAX_BYTES).contains(&given.len())) {
        note_correlation_id(given);
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert(HEADER, as_header());
    response
}

/// The name of the request that is being answered, as a header.
pub(super) fn as_header() -> HeaderValue {
    HeaderValue::from_str(&correlation_id()).unwrap_or_else(|_| HeaderValue::from_static("-"))
}
