//! Changing a key.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::Right;
use keywright_engine::KeyPatch;
use keywright_store::{Change, KeyListing};
use uuid::Uuid;

use super::credit_fields;
use super::form::{self, KeyForm, of_key};
use super::one;
use crate::app::{App, SharedApp};
use crate::console::fields::Fields;
use crate::console::form::Problems;
use crate::console::limit_rows;
use crate::console::page::{Refused, failed, overwrites, page, see};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Submitted, Visitor};
use crate::console::when::When;

#[derive(Template)]
#[template(path = "keys/edit.html")]
struct EditKeyPage {
    shell: Shell,
    section: Section,
    notice: String,
    id: Uuid,
    name: String,
    expires: Option<When>,
    form: KeyForm,
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor, Path(id): Path<String>) -> Response {
    if let Err(error) = visitor.actor.require(Right::ApiKeyUpdate) {
        return failed(&error.into());
    }
    match one::find(&app, &visitor, &id).await {
        Ok(listing) => {
            let fields = of_key(&listing);
            form_page(&app, visitor, &listing, fields, Problems::default(), (StatusCode::OK, String::new()))
                .await
        }
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
    if fields.text("revision") != listing.key.revision.0.to_string() {
        // What is shown beside it is what somebody else made of it meanwhile; saving again means that it shall not count.
        let fields = fields.with("revision", listing.key.revision.0.to_string());
        let status = (StatusCode::CONFLICT, overwrites("This key was"));
        return form_page(&app, visitor, &listing, fields, Problems::default(), status).await;
    }
    let patch = match patch(&app, &listing, &fields) {
        Ok(patch) => patch,
        Err(problems) => {
            let status = (StatusCode::BAD_REQUEST, String::new());
            return form_page(&app, visitor, &listing, fields, problems, status).await;
        }
    };
    match app.engine.update_key(&visitor.actor, listing.key.id, patch).await {
        Ok(_) => see(&format!("/console/keys/{}?done=changed", listing.key.id)),
        Err(error) => {
            let Refused { status, problems, notice } = error.into();
            form_page(&app, visitor, &listing, fields, problems, (status, notice)).await
        }
    }
}

/// What the form changes: fields that say what they said before are left alone, so that whoever may change the name need
/// not be able to hand out all the rest.
fn patch(app: &App, listing: &KeyListing, fields: &Fields) -> Result<KeyPatch, Problems> {
    let before = of_key(listing);
    let same = |names: &[&str]| {
        names.iter().all(|name| fields.all(name).map(str::trim).eq(before.all(name).map(str::trim)))
    };
    let mut problems = Vec::new();
    let mut patch = KeyPatch { unchanged_since: Some(listing.key.revision), ..KeyPatch::default() };
    if !same(&["name"]) {
        patch.name = Change::Set(Some(fields.text("name").to_owned()));
    }
    if !same(&["description"]) {
        patch.description = Change::Set(fields.given("description"));
    }
    if !same(&["externalId"]) {
        patch.external_id = Change::Set(fields.given("externalId"));
    }
    if fields.text("expires") != before.text("expires") {
        patch.expires_at = Change::Set(form::expiry(fields, app.engine.now(), &mut problems));
    }
    let now_verbs = form::access(fields);
    if now_verbs != form::access(&before) {
        match now_verbs {
            (Some(scope), _) => patch.scope = Change::Set(Some(scope)),
            (None, verbs) => patch.verbs = Change::Set(verbs),
        }
    }
    let sorted = |fields: &Fields| {
        form::permissions(fields).map(|mut list| {
            list.sort();
            list
        })
    };
    if sorted(fields) != sorted(&before) {
        patch.permissions = Change::Set(form::permissions(fields));
    }
    let roles = |fields: &Fields| {
        let mut roles: Vec<String> = fields.all("role").map(str::to_owned).collect();
        roles.sort();
        roles
    };
    if roles(fields) != roles(&before) {
        patch.role_ids = Change::Set(Some(roles(fields)));
    }
    if fields.lines("ipAllowlist") != before.lines("ipAllowlist") {
        patch.ip_allowlist = Change::Set(Some(fields.lines("ipAllowlist")));
    }
    let metadata = form::metadata(fields, &mut problems);
    if metadata != listing.key.metadata {
        patch.metadata = Change::Set(metadata);
    }
    let limits = limit_rows::read_beside(fields, &listing.key.rate_limits, &mut problems);
    if limits != listing.key.rate_limits {
        patch.rate_limits = Change::Set(Some(limits));
    }
    patch.credits = credit_fields::change(fields, listing.key.credits.as_ref(), &mut problems);
    if problems.is_empty() { Ok(patch) } else { Err(Problems::new(problems)) }
}

async fn form_page(
    app: &App,
    visitor: Visitor,
    listing: &KeyListing,
    fields: Fields,
    problems: Problems,
    (status, notice): (StatusCode, String),
) -> Response {
    let expires = listing.key.expires_at.map(|at| When::new(at, app.engine.now()));
    match KeyForm::new(&app.engine, &visitor.actor, &visitor.shell, fields, problems).await {
        Ok(form) => page(
            status,
            &EditKeyPage {
                shell: visitor.shell,
                section: Section::Keys,
                notice,
                id: listing.key.id.uuid(),
                name: listing.key.name.clone(),
                expires,
                form,
            },
        ),
        Err(error) => failed(&error.into()),
    }
}
