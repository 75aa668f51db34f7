//! Whether it is there.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::http::json;

#[derive(Serialize)]
struct Pong {
    res: &'static str,
}

pub(in crate::dialects::immich) async fn ping() -> Response {
    json(StatusCode::OK, &Pong { res: "pong" })
}
