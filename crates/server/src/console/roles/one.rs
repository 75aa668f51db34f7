//! One role for keys, found for whoever looks.

use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::RoleId;
use keywright_engine::Error;
use keywright_store::Role;

use crate::app::App;
use crate::console::page::{failed, message};
use crate::console::visitor::Visitor;

/// The role with this id in an address.
pub(super) async fn find(app: &App, visitor: &Visitor, id: &str) -> Result<Role, Response> {
    let not_there = || message(StatusCode::NOT_FOUND, "Role not found", "It may have been deleted.");
    let Ok(id) = id.parse::<RoleId>() else { return Err(not_there()) };
    match app.engine.role(&visitor.actor, id).await {
        Ok(role) => Ok(role),
        Err(Error::NotFound { .. }) => Err(not_there()),
        Err(error) => Err(failed(&error.into())),
    }
}
