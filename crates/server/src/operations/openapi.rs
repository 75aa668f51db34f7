//! The API's descriptions.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use utoipa::ToSchema;

use super::TAG;
use super::document::Document;
use crate::app::SharedApp;
use crate::http::{Failure, JSON, NamedPublicFailures, PublicFailures};

/// This document
///
/// OpenAPI 3.1, of the native API. It changes with the server's version and public address alone, and says so by `ETag`. To be
/// read by people at `/docs`.
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
            example = json!({"openapi": "3.1.0", "info": {"title": "Keywright", "version": "0.1.0"}, "paths": {}}),
        ),
        (status = 304, description = "It is the version that `If-None-Match` names."),
        PublicFailures,
    ),
)]
pub(super) async fn openapi(app: SharedApp, headers: HeaderMap) -> Response {
    tell(&app.document, &headers)
}

/// A document of an API that was defined elsewhere
///
/// OpenAPI 3.1, of what gateways and OAuth clients ask, and of the dialects of Immich and BoltonSea.
#[utoipa::path(
    get,
    path = "/openapi/{file}",
    operation_id = "openapiOf",
    tag = TAG,
    security(()),
    params((
        "file" = inline(Written), Path, description = "Which one.", example = "immich.json",
    )),
    responses(
        (
            status = 200,
            description = "The document.",
            body = Object,
            content_type = "application/json",
            headers(("ETag" = String, description = "Names this version of the document.")),
            example = json!({"openapi": "3.1.0", "info": {"title": "Immich's API keys", "version": "1.137.3"}, "paths": {}}),
        ),
        (status = 304, description = "It is the version that `If-None-Match` names."),
        NamedPublicFailures,
    ),
)]
pub(super) async fn written(uri: Uri, headers: HeaderMap) -> Response {
    match Document::written(uri.path().trim_start_matches("/openapi/")) {
        Some(document) => tell(document, &headers),
        None => {
            Failure::new(StatusCode::NOT_FOUND, "there is no such document; /docs shows those that there are")
                .into_response()
        }
    }
}

/// The documents, by their names.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the parameter")]
enum Written {
    #[schema(rename = "gateways.json")]
    Gateways,
    #[schema(rename = "immich.json")]
    Immich,
    #[schema(rename = "boltonsea.json")]
    Boltonsea,
}

fn tell(document: &Document, headers: &HeaderMap) -> Response {
    const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
    let known = [(ETAG, document.etag.clone()), (CACHE_CONTROL, REVALIDATE)];
    if headers.get(IF_NONE_MATCH) == Some(&document.etag) {
        return (StatusCode::NOT_MODIFIED, known).into_response();
    }
    (known, [(CONTENT_TYPE, JSON)], document.json.clone()).into_response()
}
