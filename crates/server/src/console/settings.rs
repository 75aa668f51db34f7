//! `/console/settings`: the organization itself.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use keywright_domain::Right;
use keywright_engine::{Error, FieldProblem, OrganizationPatch};
use keywright_store::{Change, Organization};
use serde::Deserialize;

use super::fields::Fields;
use super::form::Problems;
use super::page::{Refused, failed, overwrites, page, see};
use super::portal_settings;
use super::shell::{Section, Shell};
use super::visitor::{Submitted, Visitor};
use crate::app::{App, SharedApp};

const DAY_SECONDS: i64 = 24 * 60 * 60;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/console/settings", get(show).post(submit))
}

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    done: String,
}

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    shell: Shell,
    section: Section,
    number: i64,
    id: String,
    slug: String,
    fields: Fields,
    form: Problems,
    notice: String,
    is_saved: bool,
    may_change: bool,
}

async fn show(app: SharedApp, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    match settings_page(&app, visitor, None).await {
        Ok(settings) => page(StatusCode::OK, &SettingsPage { is_saved: asked.done == "saved", ..settings }),
        Err(error) => failed(&error.into()),
    }
}

async fn submit(app: SharedApp, submitted: Submitted) -> Response {
    let Submitted { visitor, fields, .. } = submitted;
    let organization = visitor.actor.organization_id();
    let before = match app.engine.organization(&visitor.actor, organization).await {
        Ok(organization) => organization,
        Err(error) => return failed(&error.into()),
    };
    let may_change = visitor.actor.has(Right::OrganizationUpdate);
    if may_change && fields.text("revision") != before.revision.0.to_string() {
        let fields = fields.with("revision", before.revision.0.to_string());
        return match settings_page(&app, visitor, Some(fields)).await {
            Ok(settings) => page(
                StatusCode::CONFLICT,
                &SettingsPage { notice: overwrites("The settings were"), ..settings },
            ),
            Err(error) => failed(&error.into()),
        };
    }
    let Refused { status, problems: form, notice } = match patch(&before, &fields) {
        Ok(patch) => match app.engine.update_organization(&visitor.actor, organization, patch).await {
            Ok(_) => return see("/console/settings?done=saved"),
            Err(error) => error.into(),
        },
        Err(problems) => Refused { status: StatusCode::BAD_REQUEST, problems, notice: String::new() },
    };
    match settings_page(&app, visitor, Some(fields)).await {
        Ok(settings) => page(status, &SettingsPage { form, notice, ..settings }),
        Err(error) => failed(&error.into()),
    }
}

async fn settings_page(app: &App, visitor: Visitor, fields: Option<Fields>) -> Result<SettingsPage, Error> {
    let Visitor { actor, shell } = visitor;
    let organization = app.engine.organization(&actor, actor.organization_id()).await?;
    Ok(SettingsPage {
        shell,
        section: Section::Settings,
        number: organization.number,
        id: organization.id.to_string(),
        slug: organization.slug.clone(),
        fields: fields.unwrap_or_else(|| of(&organization)),
        form: Problems::default(),
        notice: String::new(),
        is_saved: false,
        may_change: actor.has(Right::OrganizationUpdate),
    })
}

/// What the form says of an organization.
fn of(organization: &Organization) -> Fields {
    let days = |seconds: Option<i64>| seconds.map(in_days).unwrap_or_default();
    let fields = Fields::default()
        .with("revision", organization.revision.0.to_string())
        .with("name", &organization.name)
        .with("description", organization.description.as_deref().unwrap_or_default())
        .with("keyPrefix", organization.key_prefix.as_str())
        .with("defaultExpiry", days(organization.default_expiry_seconds))
        .with("maxExpiry", days(organization.max_expiry_seconds))
        .with("catalogue", if organization.catalogue_closed { "closed" } else { "open" })
        .with("restrictedTokens", if organization.tokens_for_restricted_keys { "yes" } else { "no" });
    portal_settings::fields_of(fields, &organization.portal)
}

/// Days, or what is left of one as a fraction: the API counts in seconds.
fn in_days(seconds: i64) -> String {
    if seconds % DAY_SECONDS == 0 { (seconds / DAY_SECONDS).to_string() } else { format!("{seconds}s") }
}

fn seconds(fields: &Fields, name: &str, field: &str, problems: &mut Vec<FieldProblem>) -> Option<i64> {
    let text = fields.given(name)?;
    let read = match text.strip_suffix('s') {
        Some(seconds) => seconds.parse().ok(),
        None => text.parse::<i64>().ok().and_then(|days| days.checked_mul(DAY_SECONDS)),
    };
    if read.is_none() {
        problems.push(FieldProblem::new(field, "must be a whole number of days"));
    }
    read
}

/// What changes: what says the same as before is left alone.
fn patch(before: &Organization, fields: &Fields) -> Result<OrganizationPatch, Problems> {
    let mut problems = Vec::new();
    let known = of(before);
    let changed = |name: &str| fields.text(name) != known.text(name);
    let mut patch = OrganizationPatch::default();
    if changed("name") {
        patch.name = Change::Set(Some(fields.text("name").to_owned()));
    }
    if changed("description") {
        patch.description = Change::Set(fields.given("description"));
    }
    if changed("keyPrefix") {
        patch.key_prefix = Change::Set(fields.given("keyPrefix"));
    }
    if changed("defaultExpiry") {
        let value = seconds(fields, "defaultExpiry", "defaultExpirySeconds", &mut problems);
        patch.default_expiry_seconds = Change::Set(value);
    }
    if changed("maxExpiry") {
        let value = seconds(fields, "maxExpiry", "maxExpirySeconds", &mut problems);
        patch.max_expiry_seconds = Change::Set(value);
    }
    if changed("catalogue") {
        patch.permission_catalogue = Change::Set(fields.given("catalogue"));
    }
    if changed("restrictedTokens") {
        patch.tokens_for_restricted_keys = Change::Set(Some(fields.has("restrictedTokens", "yes")));
    }
    if let Some(portal) = portal_settings::patch(fields, &known, &mut problems) {
        patch.portal = Change::Set(Some(portal));
    }
    if problems.is_empty() { Ok(patch) } else { Err(Problems::new(problems)) }
}
