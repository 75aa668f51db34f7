//! Revoking keys: one, or those that were chosen.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::Right;
use keywright_engine::RevokeFilter;
use keywright_store::KeyListing;
use uuid::Uuid;

use super::asked::Asked;
use super::one;
use super::row::is_in_use;
use crate::app::SharedApp;
use crate::console::page::{failed, page, see};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Submitted, Visitor};
use crate::console::when::When;

#[derive(Template)]
#[template(path = "keys/revoke.html")]
struct RevokePage {
    shell: Shell,
    section: Section,
    id: Uuid,
    name: String,
    /// Where it was used within a day.
    last_used: Option<When>,
    problem: &'static str,
}

#[derive(Template)]
#[template(path = "keys/revoke_many.html")]
struct RevokeManyPage {
    shell: Shell,
    section: Section,
    keys: Vec<Chosen>,
    in_use: usize,
    /// The query of the list that they were chosen in.
    back: String,
}

struct Chosen {
    id: Uuid,
    name: String,
    last_used: Option<When>,
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor, Path(id): Path<String>) -> Response {
    if let Err(error) = visitor.actor.require(Right::ApiKeyDelete) {
        return failed(&error.into());
    }
    match one::find(&app, &visitor, &id).await {
        Ok(listing) => confirm(&app, visitor, &listing, StatusCode::OK, ""),
        Err(response) => response,
    }
}

/// `POST`
pub(super) async fn submit(app: SharedApp, Path(id): Path<String>, submitted: Submitted) -> Response {
    let Submitted { visitor, fields, .. } = submitted;
    let listing = match one::find(&app, &visitor, &id).await {
        Ok(listing) => listing,
        Err(response) => return response,
    };
    if is_in_use(&listing, app.engine.now()) && fields.text("confirm") != listing.key.name.trim() {
        let problem = "The name doesn't match.";
        return confirm(&app, visitor, &listing, StatusCode::BAD_REQUEST, problem);
    }
    match app.engine.revoke_key(&visitor.actor, listing.key.id).await {
        Ok(()) => see(&format!("/console/keys/{}?done=revoked", listing.key.id)),
        Err(error) => failed(&error.into()),
    }
}

/// `POST` of the table: asks once more, then revokes.
pub(super) async fn submit_many(app: SharedApp, submitted: Submitted) -> Response {
    let Submitted { visitor, fields, .. } = submitted;
    let ids: Vec<String> = fields.all("id").map(str::to_owned).collect();
    let back = fields.text("back").to_owned();
    if ids.is_empty() {
        return see(&Asked::address_after(&back, ""));
    }
    if fields.has("sure", "yes") {
        let filter = RevokeFilter { ids: Some(ids), ..RevokeFilter::default() };
        return match app.engine.revoke_keys(&visitor.actor, filter, false).await {
            Ok(_count) => see(&Asked::address_after(&back, "revoked")),
            Err(error) => failed(&error.into()),
        };
    }
    let now = app.engine.now();
    let (mut keys, mut in_use) = (Vec::new(), 0);
    for id in &ids {
        // One that is gone or revoked meanwhile is left out.
        let Ok(listing) = one::find(&app, &visitor, id).await else { continue };
        if listing.key.revoked_at.is_some() {
            continue;
        }
        in_use += usize::from(is_in_use(&listing, now));
        let last_used = listing.last_use.map(|used| When::new(used.at, now));
        keys.push(Chosen { id: listing.key.id.uuid(), name: listing.key.name, last_used });
    }
    if keys.is_empty() {
        return see(&Asked::address_after(&back, "gone"));
    }
    let back = Asked::query_of(&back);
    page(StatusCode::OK, &RevokeManyPage { shell: visitor.shell, section: Section::Keys, keys, in_use, back })
}

fn confirm(
    app: &crate::app::App,
    visitor: Visitor,
    listing: &KeyListing,
    status: StatusCode,
    problem: &'static str,
) -> Response {
    let now = app.engine.now();
    let used = listing.last_use.as_ref().filter(|_| is_in_use(listing, now));
    let revoke = RevokePage {
        shell: visitor.shell,
        section: Section::Keys,
        id: listing.key.id.uuid(),
        name: listing.key.name.clone(),
        last_used: used.map(|used| When::new(used.at, now)),
        problem,
    };
    page(status, &revoke)
}
