//! Giving a key a new secret.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::Right;
use uuid::Uuid;

use super::create::IssuedPage;
use super::one;
use crate::app::SharedApp;
use crate::console::home::base_url;
use crate::console::page::{failed, page};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Submitted, Visitor};
use crate::http::Failure;

#[derive(Template)]
#[template(path = "keys/rotate.html")]
struct RotatePage {
    shell: Shell,
    section: Section,
    id: Uuid,
    name: String,
    once: String,
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor, Path(id): Path<String>) -> Response {
    if let Err(error) = visitor.actor.require(Right::ApiKeyUpdate) {
        return failed(&error.into());
    }
    let listing = match one::find(&app, &visitor, &id).await {
        Ok(listing) => listing,
        Err(response) => return response,
    };
    let (id, name) = (listing.key.id.uuid(), listing.key.name);
    let once = app.engine.new_request_id().to_string();
    page(StatusCode::OK, &RotatePage { shell: visitor.shell, section: Section::Keys, id, name, once })
}

/// `POST`
pub(super) async fn submit(app: SharedApp, Path(id): Path<String>, submitted: Submitted) -> Response {
    let answering = submitted.answered_once(&app);
    let Submitted { visitor, fields, parts } = submitted;
    let listing = match one::find(&app, &visitor, &id).await {
        Ok(listing) => listing,
        Err(response) => return response,
    };
    // What cannot be read must not cut the old secret off, as 0 would.
    let Ok(overlap_seconds) = fields.text("overlap").parse() else {
        return failed(&Failure::invalid("overlap", "must be a number of seconds"));
    };
    let actor = match answering {
        Ok(actor) => actor,
        Err(failure) => return failed(&failure),
    };
    match app.engine.rotate_key(&actor, listing.key.id, overlap_seconds).await {
        Ok(issued) => page(
            StatusCode::OK,
            &IssuedPage {
                shell: visitor.shell,
                section: Section::Keys,
                heading: "API key rotated",
                id: issued.listing.key.id.uuid(),
                name: issued.listing.key.name,
                secret: issued.secret,
                base: base_url(&app, &parts.headers),
                old: in_words(overlap_seconds),
            },
        ),
        Err(error) => failed(&error.into()),
    }
}

/// What becomes of the old secret.
fn in_words(overlap_seconds: u64) -> String {
    let (count, unit) = match overlap_seconds {
        0 => return "The old secret no longer works.".to_owned(),
        1..3_600 => (overlap_seconds / 60, "minute"),
        3_600..86_400 => (overlap_seconds / 3_600, "hour"),
        _ => (overlap_seconds / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("The old secret keeps working for {count} {unit}{plural}.")
}
