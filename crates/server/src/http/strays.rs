//! Requests that no route takes.

use axum::http::{StatusCode, Uri};

use super::failure::Failure;

/// No route has this path.
pub(crate) async fn unknown_path(uri: Uri) -> Failure {
    // The path is not repeated: somebody may have put a key into it.
    let hint = if uri.path().len() > 1 && uri.path().ends_with('/') {
        "nothing answers at this path; paths here do not end with a slash"
    } else {
        "nothing answers at this path; /openapi.json tells what there is"
    };
    Failure::new(StatusCode::NOT_FOUND, hint)
}

/// The path has routes, but none for this method. The router adds `Allow` (RFC 9110, section 15.5.6).
pub(crate) async fn method_not_allowed() -> Failure {
    Failure::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this path does not take this method; `Allow` names those that it takes",
    )
}
