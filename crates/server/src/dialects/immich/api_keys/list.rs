//! List one's keys.

use axum::response::Response;

use super::super::caller::Asked;
use super::super::failure::of_key;
use super::object::ApiKey;
use crate::app::SharedApp;
use crate::dialects::whole_list::all_keys;
use crate::http::Failure;

/// All of them, newest first: this system knows no pages.
pub(in crate::dialects::immich) async fn list(app: SharedApp, asked: Asked) -> Result<Response, Failure> {
    asked.require("apiKey.read")?;
    let (engine, caller) = (app.engine.clone(), asked.actor.clone());
    all_keys(app, asked.actor, move |key| ApiKey::of(&engine, &caller, key)).await.map_err(of_key)
}
