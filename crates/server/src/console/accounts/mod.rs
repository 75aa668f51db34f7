//! `/console/service-accounts`: owners of keys that are no person.

mod create;
mod delete;
mod edit;
mod form;
mod list;
mod one;
mod show;
mod switch;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::app::App;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/console/service-accounts", get(list::show))
        .route("/console/service-accounts/new", get(create::show).post(create::submit))
        .route("/console/service-accounts/{id}", get(show::show))
        .route("/console/service-accounts/{id}/edit", get(edit::show).post(edit::submit))
        .route("/console/service-accounts/{id}/switch", get(switch::show).post(switch::submit))
        .route("/console/service-accounts/{id}/delete", get(delete::show).post(delete::submit))
}

/// Where the page of one is.
fn page_of(id: keywright_domain::ServiceAccountId) -> String {
    format!("/console/service-accounts/{id}")
}
