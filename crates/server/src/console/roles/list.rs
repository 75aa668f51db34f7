//! What each role of a member may do and who has it, and the roles that keys can be given.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::{KEYWRIGHT, MemberRole, Pattern, Right, Verb};
use keywright_engine::{Error, Paging};
use keywright_store::Role;
use serde::Deserialize;

use crate::app::{App, SharedApp};
use crate::console::audit::spaced;
use crate::console::members::ROLES;
use crate::console::page::{failed, page};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::Visitor;

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    done: String,
    after: String,
}

#[derive(Template)]
#[template(path = "roles/list.html")]
struct RolesPage {
    shell: Shell,
    section: Section,
    roles: Vec<Held>,
    of_api: Vec<Line>,
    groups: Vec<(String, Vec<Line>)>,
    done: &'static str,
    for_keys: Vec<Role>,
    /// Whether the first of them are shown.
    is_first: bool,
    next: Option<String>,
    manages_members: bool,
    may: May,
}

/// What the visitor may do with roles for keys.
struct May {
    create: bool,
    update: bool,
    delete: bool,
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
    /// By role, and whether it may.
    may: [(&'static str, bool); 4],
}

impl RolesPage {
    fn all_rights() -> usize {
        Right::ALL.len()
    }
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    match roles_page(&app, visitor, asked).await {
        Ok(roles) => page(StatusCode::OK, &roles),
        Err(error) => failed(&error.into()),
    }
}

async fn roles_page(app: &App, visitor: Visitor, asked: Asked) -> Result<RolesPage, Error> {
    let Visitor { actor, shell } = visitor;
    let is_first = asked.after.is_empty();
    let paging = Paging { cursor: Some(asked.after).filter(|cursor| !cursor.is_empty()), ..Paging::whole() };
    let counted = app.engine.count_members(&actor).await?;
    let for_keys = app.engine.roles(&actor, &paging).await?;
    let mut groups: Vec<(String, Vec<Line>)> = Vec::new();
    for entry in KEYWRIGHT.iter() {
        let resource = spaced(entry.name.split('.').next().unwrap_or_default());
        let line = Line {
            what: entry.description.to_string(),
            name: entry.name.to_string(),
            may: MemberRole::ALL.map(|role| (role.as_str(), may(role, &entry.pattern, entry.verb))),
        };
        match groups.iter_mut().find(|(known, _)| *known == resource) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((resource, vec![line])),
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
        done: match asked.done.as_str() {
            "created" => "Role created.",
            "updated" => "Role updated. Its keys have the new permissions.",
            "deleted" => "Role deleted. Its keys no longer have its permissions.",
            _ => "",
        },
        is_first,
        next: for_keys.next_cursor.map(|cursor| format!("/console/roles?after={cursor}#key-roles")),
        for_keys: for_keys.items,
        manages_members: actor.has(Right::MemberUpdate),
        may: May {
            create: actor.has(Right::RoleCreate),
            update: actor.has(Right::RoleUpdate),
            delete: actor.has(Right::RoleDelete),
        },
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
        Verb::Read => "View resources",
        Verb::Create => "Create resources",
        Verb::Update => "Update resources",
        Verb::Delete => "Delete resources",
        Verb::Manage => "Manage resources",
    };
    Line {
        what: what.to_owned(),
        name: verb.as_str().to_lowercase(),
        may: MemberRole::ALL.map(|role| (role.as_str(), reaches(role))),
    }
}
