//! `/console/roles`: what each role of a member may do, and the roles that keys can be given.

mod create;
mod delete;
mod edit;
mod form;
mod list;
mod one;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::app::App;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/console/roles", get(list::show))
        .route("/console/roles/new", get(create::show).post(create::submit))
        .route("/console/roles/{id}/edit", get(edit::show).post(edit::submit))
        .route("/console/roles/{id}/delete", get(delete::show).post(delete::submit))
}
