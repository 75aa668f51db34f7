//! Revoke a key. When it is answered, the key is refused everywhere.

use axum::http::StatusCode;

use super::super::caller::Asked;
use super::super::failure::of_key;
use crate::app::SharedApp;
use crate::http::Failure;

pub(in crate::dialects::immich) async fn delete(app: SharedApp, asked: Asked) -> Result<StatusCode, Failure> {
    asked.require("apiKey.delete")?;
    let id = asked.key_id()?;
    app.engine.revoke_key(&asked.actor, id).await.map_err(of_key)?;
    Ok(StatusCode::NO_CONTENT)
}
