//! `/.well-known/immich`: where the API is, for clients that were told the server alone (RFC 8615).

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::http::json;

#[derive(Serialize)]
struct Found {
    api: Api,
}

#[derive(Serialize)]
struct Api {
    endpoint: &'static str,
}

pub(in crate::dialects::immich) async fn well_known() -> Response {
    json(StatusCode::OK, &Found { api: Api { endpoint: "/api" } })
}
