//! Look at the key that was presented. Later versions of that system have this; their clients ask it.

use axum::http::StatusCode;
use axum::response::Response;

use super::super::caller::Asked;
use super::super::failure::{forbidden, of_key};
use super::object::ApiKey;
use crate::app::SharedApp;
use crate::http::{Failure, json};

pub(in crate::dialects::immich) async fn me(app: SharedApp, asked: Asked) -> Result<Response, Failure> {
    if asked.actor.key_id().is_none() {
        return Err(forbidden("Not authenticated with an API Key"));
    }
    let listing = app.engine.own_key(&asked.actor).await.map_err(of_key)?;
    Ok(json(StatusCode::OK, &ApiKey::of(&app.engine, &asked.actor, listing)))
}
