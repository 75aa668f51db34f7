//! Sign out.

use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Response};

use super::TAG;
use crate::app::SharedApp;
use crate::http::{BareMutation, ChangeFailures, Emptied, EmptyEnvelope, Failure, clear_session};

/// Sign out
///
/// Ends the session that this request is made with. A key has none (403).
#[utoipa::path(
    delete,
    path = "/v1/sessions/current",
    operation_id = "signOut",
    tag = TAG,
    responses((status = 200, description = "The session has ended.", body = EmptyEnvelope), ChangeFailures),
)]
pub(super) async fn sign_out(app: SharedApp, BareMutation(actor): BareMutation) -> Result<Response, Failure> {
    app.engine.sign_out(&actor).await?;
    Ok(([(SET_COOKIE, clear_session(&app.settings))], Emptied).into_response())
}
