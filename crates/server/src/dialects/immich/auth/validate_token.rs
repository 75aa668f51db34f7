//! Whether a credential holds: whoever gets here has one that does.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::super::caller::Asked;
use crate::http::{Failure, json};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Validated {
    auth_status: bool,
}

pub(in crate::dialects::immich) async fn validate_token(asked: Asked) -> Result<Response, Failure> {
    asked.require_all()?;
    Ok(json(StatusCode::OK, &Validated { auth_status: true }))
}
