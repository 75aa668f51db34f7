//! `/console/server`: how this server is, for those who run it.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use keywright_domain::MemberRole;
use keywright_engine::{Actor, EngineFacts};

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
    verdicts: Vec<(&'static str, u64)>,
    commits: u64,
    failed_commits: u64,
}

async fn show(app: SharedApp, visitor: Visitor) -> Response {
    if !runs_it(&visitor.actor) {
        let said = "Only owners of this server's first organization can view this page.";
        return message(StatusCode::FORBIDDEN, "Access denied", said);
    }
    let counters = app.engine.counters();
    let server = ServerPage {
        shell: visitor.shell,
        section: Section::Server,
        version: env!("CARGO_PKG_VERSION"),
        facts: app.engine.facts(),
        is_ready: app.engine.is_ready(),
        verdicts: counters.verdicts().filter(|(_, count)| *count > 0).collect(),
        commits: counters.commits(),
        failed_commits: counters.failed_commits(),
    };
    page(StatusCode::OK, &server)
}
