//! `/console/account`: one's own name, password and sessions.

mod device;
mod name;
mod overview;
mod sessions;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route(ACCOUNT, get(overview::show))
        .route("/console/account/name", post(name::submit))
        .route("/console/account/sessions/{id}/end", post(sessions::end))
        .route("/console/account/sign-out-everywhere", post(sessions::end_all))
}

const ACCOUNT: &str = "/console/account";
