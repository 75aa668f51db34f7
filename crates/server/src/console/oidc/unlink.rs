//! Taking an identity off.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::IdentityId;
use keywright_engine::Error;

use crate::app::SharedApp;
use crate::console::page::{failed, message, see};
use crate::console::visitor::Submitted;

/// `POST`
pub(super) async fn submit(app: SharedApp, Path(id): Path<String>, submitted: Submitted) -> Response {
    let Ok(id) = id.parse::<IdentityId>() else { return not_there() };
    match app.engine.unlink_own_identity(&submitted.visitor.actor, id).await {
        Ok(()) => see("/console/account?done=unlinked"),
        Err(Error::NotFound { .. }) => not_there(),
        Err(error) => failed(&error.into()),
    }
}

fn not_there() -> Response {
    let said = "It was taken off already, or it is somebody else's.";
    message(StatusCode::NOT_FOUND, "There is no such linked account", said)
}
