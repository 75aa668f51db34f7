//! Requests that no route of this dialect takes.

use axum::http::{Method, StatusCode, Uri};

use crate::http::Failure;

/// How much of a path is repeated.
const MAX_SHOWN_CHARS: usize = 256;

/// No route has this path, or none with this method. The query is not repeated: a key may stand in it.
pub(super) async fn unknown_route(method: Method, uri: Uri) -> Failure {
    let path: String = uri.path().chars().take(MAX_SHOWN_CHARS).collect();
    Failure::new(StatusCode::NOT_FOUND, format!("Cannot {method} {path}"))
}
