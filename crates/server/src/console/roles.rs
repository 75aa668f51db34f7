//! `/console/roles`: what each role may do, and who has it.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use keywright_domain::{KEYWRIGHT, MemberRole, Pattern, Right, Verb};
use keywright_engine::{Error, Paging};
use keywright_store::Role;

use super::members::ROLES;
use super::page::{failed, page};
use super::shell::{Section, Shell};
use super::visitor::Visitor;
use crate::app::{App, SharedApp};

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/console/roles", get(show))
}

#[derive(Template)]
#[template(path = "roles.html")]
struct RolesPage {
    shell: Shell,
    section: Section,
    roles: Vec<Held>,
    of_api: Vec<Line>,
    groups: Vec<(String, Vec<Line>)>,
    for_keys: Vec<Role>,
    more_for_keys: bool,
    may_change: bool,
}

/// A role, and how many have it.
struct Held {
    name: &'static str,
    said: &'static str,
    members: u64,
    /// Of the permissions about this server, how many it has.
    rights: usize,
}

/// A line of the table: something, and which roles may do it.
struct Line {
    what: String,
    name: String,
    may: Vec<bool>,
}

impl RolesPage {
    fn all_rights() -> usize {
        Right::ALL.len()
    }
}

async fn show(app: SharedApp, visitor: Visitor) -> Response {
    match roles_page(&app, visitor).await {
        Ok(roles) => page(StatusCode::OK, &roles),
        Err(error) => failed(&error.into()),
    }
}

async fn roles_page(app: &App, visitor: Visitor) -> Result<RolesPage, Error> {
    let Visitor { actor, shell } = visitor;
    let counted = app.engine.count_members(&actor).await?;
    let for_keys = app.engine.roles(&actor, &Paging::whole()).await?;
    let mut groups: Vec<(String, Vec<Line>)> = Vec::new();
    for entry in KEYWRIGHT.iter() {
        let resource = entry.name.split('.').next().unwrap_or_default();
        let line = Line {
            what: entry.description.to_string(),
            name: entry.name.to_string(),
            may: MemberRole::ALL.map(|role| may(role, &entry.pattern, entry.verb)).into(),
        };
        match groups.iter_mut().find(|(known, _)| known == resource) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((resource.to_owned(), vec![line])),
        }
    }
    let held = counted.into_iter().map(|(role, members)| Held {
        name: role.as_str(),
        said: ROLES.iter().find(|(known, _)| *known == role).map_or("", |(_, said)| said),
        members,
        rights: KEYWRIGHT.iter().filter(|entry| may(role, &entry.pattern, entry.verb)).count(),
    });
    Ok(RolesPage {
        shell,
        section: Section::Roles,
        roles: held.collect(),
        of_api: Verb::ALL.into_iter().map(of_api).collect(),
        groups,
        more_for_keys: for_keys.next_cursor.is_some(),
        for_keys: for_keys.items,
        may_change: actor.has(Right::MemberUpdate),
    })
}

/// Whether a role reaches a permission: as its ceiling says, which is what bounds its members and their keys.
fn may(role: MemberRole, pattern: &Pattern, verb: Verb) -> bool {
    let ceiling = role.ceiling();
    ceiling.verbs().contains(verb) && ceiling.terms().iter().any(|term| term.matches(pattern))
}

/// One kind of act on what the API itself knows.
fn of_api(verb: Verb) -> Line {
    let reaches = |role: MemberRole| {
        let ceiling = role.ceiling();
        ceiling.verbs().contains(verb) && ceiling.terms().iter().any(|term| *term.pattern() == Pattern::All)
    };
    let what = match verb {
        Verb::Read => "Look at things",
        Verb::Create => "Make new things",
        Verb::Update => "Change things",
        Verb::Delete => "Remove things",
        Verb::Manage => "Administer",
    };
    Line {
        what: what.to_owned(),
        name: verb.as_str().to_lowercase(),
        may: MemberRole::ALL.map(reaches).into(),
    }
}
