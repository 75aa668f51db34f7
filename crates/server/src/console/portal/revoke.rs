//! Revoking a key, after one has been asked once more.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use uuid::Uuid;

use super::day::Day;
use super::frame::Frame;
use super::visit::{Sent, Visit};
use crate::app::{App, SharedApp};

#[derive(Template)]
#[template(path = "portal/revoke.html")]
struct RevokePage<'a> {
    frame: &'a Frame,
    form: &'a str,
    id: Uuid,
    name: &'a str,
    last_used: Option<Day>,
}

/// `GET`
pub(super) async fn show(app: SharedApp, Path((_, key)): Path<(String, String)>, visit: Visit) -> Response {
    let listing = match visit.key(&app, &key).await {
        Ok(listing) => listing,
        Err(response) => return response,
    };
    let page = RevokePage {
        frame: &visit.frame,
        form: visit.visitor.form_token(),
        id: listing.key.id.uuid(),
        name: &listing.key.name,
        last_used: listing.last_use.as_ref().map(|used| Day::to_the_minute(used.at)),
    };
    visit.frame.page(StatusCode::OK, &page)
}

/// `POST`
pub(super) async fn submit(
    State(app): State<Arc<App>>,
    Path((_, key)): Path<(String, String)>,
    sent: Sent,
) -> Response {
    let visit = sent.visit;
    let listing = match visit.key(&app, &key).await {
        Ok(listing) => listing,
        Err(response) => return response,
    };
    match app.engine.revoke_portal_key(&visit.visitor, listing.key.id).await {
        Ok(()) => visit.frame.see("?done=revoked"),
        Err(error) => visit.frame.failed(error),
    }
}
