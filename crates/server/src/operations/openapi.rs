//! The API's description.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::TAG;
use crate::app::SharedApp;
use crate::http::{JSON, PublicFailures};

/// This document
///
/// OpenAPI 3.1. It changes with the server's version alone, and says so by `ETag`.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "openapi",
    tag = TAG,
    security(()),
    responses(
        (
            status = 200,
            description = "The document.",
            body = Object,
            content_type = "application/json",
            headers(("ETag" = String, description = "Names this version of the document.")),
        ),
        (status = 304, description = "It is the version that `If-None-Match` names."),
        PublicFailures,
    ),
)]
pub(super) async fn openapi(app: SharedApp, headers: HeaderMap) -> Response {
    const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
    let document = &app.document;
    let known = [(ETAG, document.etag.clone()), (CACHE_CONTROL, REVALIDATE)];
    if headers.get(IF_NONE_MATCH) == Some(&document.etag) {
        return (StatusCode::NOT_MODIFIED, known).into_response();
    }
    (known, [(CONTENT_TYPE, JSON)], document.json.clone()).into_response()
}
