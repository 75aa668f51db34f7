//! `GET /api/assets/statistics`: how many photos there are, which here is none.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::caller::Asked;
use crate::http::{Failure, json};

#[derive(Serialize)]
struct Statistics {
    images: u64,
    videos: u64,
    total: u64,
}

pub(super) async fn show(asked: Asked) -> Result<Response, Failure> {
    asked.require("asset.statistics")?;
    Ok(json(StatusCode::OK, &Statistics { images: 0, videos: 0, total: 0 }))
}
