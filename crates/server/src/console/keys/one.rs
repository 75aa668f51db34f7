//! One key, found for whoever looks.

use axum::response::Response;
use keywright_domain::KeyId;
use keywright_store::KeyListing;

use crate::app::App;
use crate::console::page::{failed, message};
use crate::console::visitor::Visitor;
use axum::http::StatusCode;
use keywright_engine::Error;

/// The key with this id in an address, as far as the visitor may see it.
pub(super) async fn find(app: &App, visitor: &Visitor, id: &str) -> Result<KeyListing, Response> {
    let Ok(id) = id.parse::<KeyId>() else { return Err(not_there()) };
    match app.engine.key(&visitor.actor, id).await {
        Ok(listing) => Ok(listing),
        Err(Error::NotFound { .. }) => Err(not_there()),
        Err(error) => Err(failed(&error.into())),
    }
}

fn not_there() -> Response {
    message(StatusCode::NOT_FOUND, "Key not found", "It doesn't exist, or you don't have access to it.")
}
