//! The portal: pages on which a customer of an organization keeps their own keys, alone or in a frame of that
//! organization's product.
//!
//! They share with the console how forms are read and answered once, and nothing else: a customer is a
//! [`PortalVisitor`](keywright_engine::PortalVisitor), with whom nothing but the portal can be asked for.

mod chart;
mod create;
mod day;
mod frame;
mod leave;
mod list;
mod open;
mod revoke;
mod rotate;
mod row;
mod theme;
mod visit;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/portal/{id}", get(list::show))
        .route("/portal/{id}/open", get(open::show).post(open::submit))
        .route("/portal/{id}/theme.css", get(theme::show))
        .route("/portal/{id}/keys/new", get(create::show).post(create::submit))
        .route("/portal/{id}/keys/{key}/rotate", get(rotate::show).post(rotate::submit))
        .route("/portal/{id}/keys/{key}/revoke", get(revoke::show).post(revoke::submit))
        .route("/portal/{id}/leave", post(leave::submit))
}
