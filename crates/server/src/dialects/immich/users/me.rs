//! Who one is.

use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::{Engine, Error};

use super::super::caller::Asked;
use super::super::failure::bad_request;
use super::User;
use crate::app::SharedApp;
use crate::http::{Failure, json};

pub(in crate::dialects::immich) async fn me(app: SharedApp, asked: Asked) -> Result<Response, Failure> {
    asked.require("user.read")?;
    Ok(json(StatusCode::OK, &oneself(&app.engine, &asked.actor).await?))
}

/// The person behind a caller; a service account's key has none.
pub(in crate::dialects::immich) async fn oneself(
    engine: &Engine,
    actor: &keywright_engine::Actor,
) -> Result<User, Failure> {
    let user = engine.own_user(actor).await.map_err(|error| match error {
        Error::NotFound { .. } => bad_request("User not found"),
        other => other.into(),
    })?;
    Ok(User::of(user, actor.member_role()))
}
