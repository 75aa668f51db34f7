//! Make a key.

use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::KeyDraft;
use serde::Serialize;

use super::super::caller::Asked;
use super::super::failure::of_key;
use super::object::ApiKey;
use crate::app::SharedApp;
use crate::http::{Failure, json};

/// The name of a key that was given none.
const DEFAULT_NAME: &str = "API Key";

/// A key and its secret, this once.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Made<'a> {
    secret: &'a str,
    api_key: ApiKey,
}

pub(in crate::dialects::immich) async fn create(app: SharedApp, asked: Asked) -> Result<Response, Failure> {
    asked.require("apiKey.create")?;
    let (actor, mut fields) = asked.fields().await?;
    let name = fields.optional_text("name");
    let permissions = fields.permissions();
    fields.finish()?;
    let draft = KeyDraft {
        name: Some(name.unwrap_or_else(|| DEFAULT_NAME.to_owned())),
        permissions: Some(permissions),
        // What is listed is meant with whatever it does.
        scope: Some("read-write".to_owned()),
        ..KeyDraft::default()
    };
    let issued = app.engine.create_key(&actor, draft).await.map_err(of_key)?;
    // Only a repeated request is ever told none, and this dialect knows no such.
    let secret = issued.secret.ok_or_else(Failure::internal)?;
    let made = Made { secret: secret.expose(), api_key: ApiKey::of(&app.engine, &actor, issued.listing) };
    Ok(json(StatusCode::CREATED, &made))
}
