//! The events, newest first.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::{Error, Paging};
use keywright_store::{ActorKind, AuditEvent, KeyOwner};

use super::filter::Asked;
use super::in_words;
use crate::app::{App, SharedApp};
use crate::console::names::Names;
use crate::console::page::{failed, page};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::Visitor;
use crate::console::when::When;

/// Events on a page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "audit/list.html")]
struct AuditPage {
    shell: Shell,
    section: Section,
    asked: Asked,
    events: Vec<Event>,
    next: Option<String>,
}

struct Event {
    when: When,
    what: String,
    action: String,
    who: String,
    target: Option<Target>,
    refused: Option<String>,
    address: Option<String>,
    details: Vec<(String, String)>,
}

/// What it was done to.
struct Target {
    id: String,
    /// Its own page, where it has one.
    href: Option<String>,
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    match audit_page(&app, visitor, asked).await {
        Ok(audit) => page(StatusCode::OK, &audit),
        Err(error) => failed(&error.into()),
    }
}

async fn audit_page(app: &App, visitor: Visitor, asked: Asked) -> Result<AuditPage, Error> {
    let Visitor { actor, shell } = visitor;
    let paging = Paging {
        limit: Some(PAGE),
        cursor: Some(asked.after.clone()).filter(|cursor| !cursor.is_empty()),
        offset: None,
    };
    let listing = app.engine.audit_events(&actor, asked.filter(), &paging).await?;
    let acted: Vec<KeyOwner> = listing.items.iter().filter_map(who).collect();
    let names = Names::find(&app.engine, &actor, acted.into_iter()).await?;
    let now = app.engine.now();
    Ok(AuditPage {
        shell,
        section: Section::Audit,
        next: listing.next_cursor.map(|cursor| format!("/console/audit?{}", asked.query_after(&cursor))),
        asked,
        events: listing.items.into_iter().map(|event| Event::new(event, &names, now)).collect(),
    })
}

impl Event {
    fn new(event: AuditEvent, names: &Names, now: keywright_domain::Timestamp) -> Self {
        let href = |id: &uuid::Uuid| (event.target_kind == "apiKey").then(|| format!("/console/keys/{id}"));
        Self {
            when: When::new(event.at, now),
            what: in_words(&event.action),
            who: actor_of(&event, names),
            target: event.target.map(|id| Target { href: href(&id), id: id.to_string() }),
            action: event.action,
            refused: event.refused,
            address: event.address.map(|address| address.to_string()),
            details: event.details.into_iter().map(|(name, value)| (name, plain(&value))).collect(),
        }
    }
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What who acted is called.
fn actor_of(event: &AuditEvent, names: &Names) -> String {
    match who(event) {
        Some(owner) => names.of(owner),
        None if event.actor_kind == ActorKind::Portal => {
            let customer = event.details.get("externalId").map(plain).unwrap_or_default();
            format!("Customer {customer} (portal)")
        }
        None => "System".to_owned(),
    }
}

fn who(event: &AuditEvent) -> Option<KeyOwner> {
    let id = event.actor?;
    match event.actor_kind {
        ActorKind::User => Some(KeyOwner::User(id.to_string().parse().ok()?)),
        ActorKind::ServiceAccount => Some(KeyOwner::ServiceAccount(id.to_string().parse().ok()?)),
        ActorKind::Portal | ActorKind::System => None,
    }
}
