//! `/docs/guide/files/...`: what documents show and link to, and is no document: pictures, configurations, code.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};

use super::documents::FILES;
use crate::console::message;

pub(super) async fn show(uri: Uri) -> Response {
    let path = uri.path().strip_prefix(super::HOME).unwrap_or_default().trim_start_matches("/files/");
    let Some((path, bytes)) = FILES.iter().find(|(known, _)| *known == path) else {
        return message(
            StatusCode::NOT_FOUND,
            "There is no such file",
            "The guide at /docs/guide has a search.",
        );
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kind(path))),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    (headers, *bytes).into_response()
}

/// Pictures are pictures; whatever else there is, a person wants to read.
fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("svg") => "image/svg+xml",
        Some("webp") => "image/webp",
        _ => "text/plain; charset=utf-8",
    }
}
