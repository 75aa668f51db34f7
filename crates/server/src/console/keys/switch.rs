//! Switching a key off and on.

use axum::extract::Path;
use axum::response::Response;
use keywright_engine::KeyPatch;
use keywright_store::Change;

use super::one;
use crate::app::SharedApp;
use crate::console::page::{failed, see};
use crate::console::visitor::Submitted;

/// `POST`
pub(super) async fn submit(app: SharedApp, Path(id): Path<String>, submitted: Submitted) -> Response {
    let Submitted { visitor, fields, .. } = submitted;
    let listing = match one::find(&app, &visitor, &id).await {
        Ok(listing) => listing,
        Err(response) => return response,
    };
    let on = match fields.text("to") {
        "on" => true,
        "off" => false,
        _ => return see(&format!("/console/keys/{id}")),
    };
    let patch = KeyPatch { enabled: Change::Set(Some(on)), ..KeyPatch::default() };
    match app.engine.update_key(&visitor.actor, listing.key.id, patch).await {
        Ok(_) => {
            let done = if on { "enabled" } else { "disabled" };
            see(&format!("/console/keys/{}?done={done}", listing.key.id))
        }
        Err(error) => failed(&error.into()),
    }
}
