//! What there is, at a glance: nothing here takes longer where there are more keys.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::Right;
use keywright_engine::{Actor, AuditFilter, Engine, Error, Paging};
use keywright_store::{KeyGlance, KeyListing};
use uuid::Uuid;

use crate::app::{App, SharedApp};
use crate::console::audit::in_words;
use crate::console::page::{failed, page};
use crate::console::shell::{Section, Shell};
use crate::console::usage::last_day;
use crate::console::visitor::Visitor;
use crate::console::when::When;

/// Events that are told.
const EVENTS: u32 = 6;

#[derive(Template)]
#[template(path = "home/overview.html")]
#[expect(clippy::struct_excessive_bools, reason = "each says of one part of the page whether it is there")]
struct OverviewPage {
    shell: Shell,
    section: Section,
    /// Such as `12`, or `940+` where not all keys were looked at.
    in_force: String,
    people: Option<usize>,
    accounts: Option<usize>,
    /// Verifications of the last 24 hours; `None`: not to be told here.
    used: Option<String>,
    ending: Vec<Line>,
    /// Whether no others can end as soon.
    is_all_ending: bool,
    newest: Vec<Line>,
    events: Vec<Event>,
    may_create: bool,
    sees_all: bool,
    sees_events: bool,
}

/// A key in a few words.
struct Line {
    id: Uuid,
    name: String,
    prefix: Option<String>,
    when: When,
    status: &'static str,
}

struct Event {
    what: String,
    is_refused: bool,
    when: When,
}

pub(super) async fn show(app: &SharedApp, visitor: Visitor, newest: Vec<KeyListing>) -> Response {
    match overview(app, visitor, newest).await {
        Ok(overview) => page(StatusCode::OK, &overview),
        Err(error) => failed(&error.into()),
    }
}

async fn overview(app: &App, visitor: Visitor, newest: Vec<KeyListing>) -> Result<OverviewPage, Error> {
    let Visitor { actor, shell } = visitor;
    let KeyGlance { in_force, is_all, ending, is_all_ending } = app.engine.key_glance(&actor).await?;
    let line = |listing: KeyListing, when| Line {
        id: listing.key.id.uuid(),
        status: app.engine.key_status(&listing.key).as_str(),
        name: listing.key.name,
        prefix: listing.shown_prefix,
        when: When::new(when, app.engine.now()),
    };
    let counts = app.engine.owner_counts(&actor).ok();
    Ok(OverviewPage {
        shell,
        section: Section::Home,
        in_force: if is_all { in_force.to_string() } else { format!("{in_force}+") },
        people: counts.map(|(people, _)| people),
        accounts: counts.map(|(_, accounts)| accounts),
        used: last_day(&app.engine, &actor, None).await?.map(|day| day.total()),
        ending: ending
            .into_iter()
            .filter_map(|listing| listing.key.expires_at.map(|at| line(listing, at)))
            .collect(),
        is_all_ending,
        newest: newest
            .into_iter()
            .map(|listing| {
                let created_at = listing.key.created_at;
                line(listing, created_at)
            })
            .collect(),
        events: events(&app.engine, &actor).await?,
        may_create: actor.has(Right::ApiKeyCreate),
        sees_all: actor.has(Right::ApiKeyManage),
        sees_events: actor.has(Right::AuditEventRead),
    })
}

async fn events(engine: &Engine, actor: &Actor) -> Result<Vec<Event>, Error> {
    if !actor.has(Right::AuditEventRead) {
        return Ok(Vec::new());
    }
    let paging = Paging { limit: Some(EVENTS), ..Paging::default() };
    let listing = engine.audit_events(actor, AuditFilter::default(), &paging).await?;
    let now = engine.now();
    let event = |event: keywright_store::AuditEvent| Event {
        what: in_words(&event.action),
        is_refused: event.refused.is_some(),
        when: When::new(event.at, now),
    };
    Ok(listing.items.into_iter().map(event).collect())
}
