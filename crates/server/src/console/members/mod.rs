//! `/console/members`: the people of the organization.

mod invite;
mod list;
mod remove;
mod role;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use keywright_domain::MemberRole;

use crate::app::App;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/console/members", get(list::show).post(invite::submit))
        .route("/console/members/{id}/role", post(role::submit))
        .route("/console/members/{id}/remove", get(remove::show).post(remove::submit))
}

/// The roles, and what each may do.
pub(super) const ROLES: [(MemberRole, &str); 4] = [
    (MemberRole::Viewer, "Read-only access"),
    (MemberRole::Developer, "Manages their own keys"),
    (MemberRole::Admin, "Everything except owners"),
    (MemberRole::Owner, "Full access"),
];
