//! Which version of that system's API is spoken.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::http::json;

#[derive(Serialize)]
struct Version {
    major: u16,
    minor: u16,
    patch: u16,
}

/// The line whose clients work here; this server's own version is another thing.
const SPOKEN: Version = Version { major: 1, minor: 137, patch: 3 };

pub(in crate::dialects::immich) async fn version() -> Response {
    json(StatusCode::OK, &SPOKEN)
}
