//! Change a key.

use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::KeyPatch;
use keywright_store::Change;

use super::super::caller::Asked;
use super::super::failure::of_key;
use super::object::ApiKey;
use crate::app::SharedApp;
use crate::http::{Failure, json};

pub(in crate::dialects::immich) async fn update(app: SharedApp, asked: Asked) -> Result<Response, Failure> {
    asked.require("apiKey.update")?;
    let id = asked.key_id()?;
    let (actor, mut fields) = asked.fields().await?;
    let name = fields.optional_text("name");
    let permissions = fields.optional_permissions();
    fields.finish()?;
    let mut patch = KeyPatch::default();
    if let Some(name) = name {
        patch.name = Change::Set(Some(name));
    }
    if let Some(permissions) = permissions {
        // What is listed is all of it, with whatever it does.
        patch.permissions = Change::Set(Some(permissions));
        patch.scope = Change::Set(Some("read-write".to_owned()));
        patch.role_ids = Change::Set(None);
    }
    let listing = app.engine.update_key(&actor, id, patch).await.map_err(of_key)?;
    Ok(json(StatusCode::OK, &ApiKey::of(&app.engine, &actor, listing)))
}
