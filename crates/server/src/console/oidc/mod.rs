//! `/console/oidc`: signing in with an OpenID Connect provider.
//!
//! A browser is sent there with what holds the attempt together (state, nonce, the verifier of PKCE) sealed in a cookie of
//! ten minutes, and comes back to one address that is made of the public URL alone. An identity that nobody linked leads to a
//! question: whoever has its verified address here confirms that it is theirs, once, before it signs anybody in.

mod attempt;
mod callback;
mod confirm;
mod start;
mod unlink;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::page::message;
use crate::app::App;

pub(super) use start::address as start_address;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/console/oidc/start", get(start::show))
        .route("/console/oidc/callback", get(callback::show))
        .route("/console/oidc/confirm", get(confirm::show).post(confirm::submit))
        .route("/console/oidc/{id}/unlink", get(unlink::show).post(unlink::submit))
}

/// Where there is no provider.
fn none() -> Response {
    let said = "This server only supports sign-in with email and password.";
    message(StatusCode::NOT_FOUND, "Not configured", said)
}

/// An attempt that cannot go on.
fn start_again(text: &str) -> Response {
    message(StatusCode::BAD_REQUEST, "Sign-in failed", text)
}
