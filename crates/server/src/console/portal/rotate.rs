//! Giving a key a new secret.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::Error;
use std::sync::Arc;
use uuid::Uuid;

use super::create::IssuedPage;
use super::frame::Frame;
use super::visit::{Sent, Visit};
use crate::app::{App, SharedApp};

/// How much longer the old secret may work, in seconds.
const OVERLAPS: [u64; 4] = [0, 3_600, 86_400, 604_800];

#[derive(Template)]
#[template(path = "portal/rotate.html")]
struct RotatePage<'a> {
    frame: &'a Frame,
    form: &'a str,
    id: Uuid,
    name: &'a str,
    once: String,
    overlaps: [(u64, &'static str); 4],
}

/// `GET`
pub(super) async fn show(app: SharedApp, Path((_, key)): Path<(String, String)>, visit: Visit) -> Response {
    let listing = match visit.key(&app, &key).await {
        Ok(listing) => listing,
        Err(response) => return response,
    };
    let frame = &visit.frame;
    let [none, hour, day, week] = OVERLAPS;
    let words = frame.words;
    let page = RotatePage {
        frame,
        form: visit.visitor.form_token(),
        id: listing.key.id.uuid(),
        name: &listing.key.name,
        once: app.engine.new_request_id().to_string(),
        overlaps: [(none, words.not_at_all), (hour, words.an_hour), (day, words.a_day), (week, words.a_week)],
    };
    frame.page(StatusCode::OK, &page)
}

/// `POST`
pub(super) async fn submit(
    State(app): State<Arc<App>>,
    Path((_, key)): Path<(String, String)>,
    sent: Sent,
) -> Response {
    let (visit, fields) = match sent.answered_once(&app) {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let listing = match visit.key(&app, &key).await {
        Ok(listing) => listing,
        Err(response) => return response,
    };
    // What cannot be read must not cut the old secret off, as 0 would.
    let overlap = fields.text("overlap").parse().ok().filter(|overlap| OVERLAPS.contains(overlap));
    let Some(overlap_seconds) = overlap else {
        return visit.frame.failed(Error::invalid("overlap", "must be one of the choices"));
    };
    match app.engine.rotate_portal_key(&visit.visitor, listing.key.id, overlap_seconds).await {
        Ok(issued) => {
            let frame = &visit.frame;
            let page = IssuedPage {
                frame,
                heading: frame.words.the_new_secret,
                name: issued.listing.key.name,
                secret: issued.secret,
            };
            frame.page(StatusCode::OK, &page)
        }
        Err(error) => visit.frame.failed(error),
    }
}
