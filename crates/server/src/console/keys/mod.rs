//! `/console/keys`: the organization's API keys, or one's own.

mod asked;
mod create;
mod credit_fields;
mod edit;
mod form;
mod list;
mod one;
mod revoke;
mod rotate;
mod row;
mod show;
mod switch;
mod uses;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

pub(super) use row::{OwnerNames, Row};

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/console/keys", get(list::show))
        .route("/console/keys/new", get(create::show).post(create::submit))
        .route("/console/keys/revoke", post(revoke::submit_many))
        .route("/console/keys/{id}", get(show::show))
        .route("/console/keys/{id}/edit", get(edit::show).post(edit::submit))
        .route("/console/keys/{id}/rotate", get(rotate::show).post(rotate::submit))
        .route("/console/keys/{id}/revoke", get(revoke::show).post(revoke::submit))
        .route("/console/keys/{id}/switch", post(switch::submit))
}
