//! `/console/server`: how this server is, for those who run it.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use keywright_domain::MemberRole;
use keywright_engine::{Actor, EngineFacts};

use super::chart::grouped;
use super::page::{message, page};
use super::shell::{Section, Shell};
use super::visitor::Visitor;
use crate::app::{App, SharedApp};

/// The organization of those who run the server.
const FIRST_ORGANIZATION: i64 = 1;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/console/server", get(show))
}

/// Whether somebody runs this server: an owner of its first organization.
pub(super) fn runs_it(actor: &Actor) -> bool {
    actor.organization_number() == FIRST_ORGANIZATION && actor.member_role() == Some(MemberRole::Owner)
}

#[derive(Template)]
#[template(path = "server.html")]
struct ServerPage {
    shell: Shell,
    section: Section,
    version: &'static str,
    facts: EngineFacts,
    is_ready: bool,
    verdicts: Vec<(&'static str, String)>,
    organizations: String,
    keys: String,
    /// What waits to be written.
    backlog: [(&'static str, String); 4],
    /// What was given up since the start, because the store did not take it in time or there was too much of it.
    dropped: [(&'static str, String); 3],
    commits: String,
    failed_commits: u64,
}

async fn show(app: SharedApp, visitor: Visitor) -> Response {
    if !runs_it(&visitor.actor) {
        let said = "Only owners of this server's first organization can view this page.";
        return message(StatusCode::FORBIDDEN, "Access denied", said);
    }
    let (counters, facts) = (app.engine.counters(), app.engine.facts());
    let whole = |count: usize| grouped(u64::try_from(count).unwrap_or(u64::MAX));
    let server = ServerPage {
        shell: visitor.shell,
        section: Section::Server,
        version: env!("CARGO_PKG_VERSION"),
        organizations: whole(facts.organizations),
        keys: whole(facts.keys),
        backlog: [
            ("Changes", whole(facts.backlog.changes)),
            ("Last uses", whole(facts.backlog.uses)),
            ("Usage counts", whole(facts.backlog.counts)),
            ("Logged requests", whole(facts.backlog.requests)),
        ],
        dropped: [
            ("Dropped last uses", grouped(facts.dropped_uses)),
            ("Dropped usage counts", grouped(facts.dropped_usage_counts)),
            ("Unlogged requests", grouped(facts.unlogged_requests)),
        ],
        facts,
        is_ready: app.engine.is_ready(),
        verdicts: counters
            .verdicts()
            .filter(|(_, count)| *count > 0)
            .map(|(code, count)| (code, grouped(count)))
            .collect(),
        commits: grouped(counters.commits()),
        failed_commits: counters.failed_commits(),
    };
    page(StatusCode::OK, &server)
}
