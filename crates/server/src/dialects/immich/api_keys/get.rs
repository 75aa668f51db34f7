//! Look at a key.

use axum::http::StatusCode;
use axum::response::Response;

use super::super::caller::Asked;
use super::super::failure::of_key;
use super::object::ApiKey;
use crate::app::SharedApp;
use crate::http::{Failure, json};

pub(in crate::dialects::immich) async fn get(app: SharedApp, asked: Asked) -> Result<Response, Failure> {
    asked.require("apiKey.read")?;
    let id = asked.key_id()?;
    let listing = app.engine.key(&asked.actor, id).await.map_err(of_key)?;
    Ok(json(StatusCode::OK, &ApiKey::of(&app.engine, &asked.actor, listing)))
}
