//! Ending one's own sessions.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use keywright_domain::SessionId;
use keywright_engine::{Credential, Error};

use crate::app::SharedApp;
use crate::console::page::{failed, message, see};
use crate::console::visitor::Submitted;
use crate::http::clear_session;

/// `POST`: ends one.
pub(super) async fn end(app: SharedApp, Path(id): Path<String>, submitted: Submitted) -> Response {
    let actor = submitted.visitor.actor;
    let Ok(id) = id.parse::<SessionId>() else { return not_there() };
    let is_this = matches!(actor.credential(), Credential::Session { id: this, .. } if *this == id);
    match app.engine.end_own_session(&actor, id).await {
        Ok(()) if is_this => signed_out(&app, "/console/login?told=out"),
        Ok(()) => see("/console/account?done=ended"),
        Err(Error::NotFound { .. }) => not_there(),
        Err(error) => failed(&error.into()),
    }
}

/// `POST`: ends all of them, this one too.
pub(super) async fn end_all(app: SharedApp, submitted: Submitted) -> Response {
    match app.engine.sign_out_everywhere(&submitted.visitor.actor).await {
        Ok(()) => signed_out(&app, "/console/login?told=everywhere"),
        Err(error) => failed(&error.into()),
    }
}

fn signed_out(app: &SharedApp, to: &str) -> Response {
    let mut response = see(to);
    response.headers_mut().insert(SET_COOKIE, clear_session(&app.settings));
    response
}

fn not_there() -> Response {
    message(StatusCode::NOT_FOUND, "Session not found", "It may have ended already.")
}
