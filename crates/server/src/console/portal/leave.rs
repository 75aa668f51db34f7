//! Ending one's own session.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use std::sync::Arc;

use super::visit::{Sent, Visit};
use crate::app::App;
use crate::http::clear_portal;

/// `POST`
pub(super) async fn submit(State(app): State<Arc<App>>, sent: Sent) -> Response {
    let Visit { visitor, frame } = sent.visit;
    if let Err(error) = app.engine.leave_portal(&visitor).await {
        return frame.failed(error);
    }
    let mut response = frame.is_over();
    let cookie = clear_portal(frame.id, frame.is_framed(), &app.settings);
    response.headers_mut().insert(SET_COOKIE, cookie);
    response
}
