//! Who belongs to the organization, and who is invited.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::{MemberRole, Right};
use keywright_engine::{Error, MemberFilter, Paging};
use keywright_store::Member;
use serde::Deserialize;
use uuid::Uuid;

use super::ROLES;
use crate::app::{App, SharedApp};
use crate::console::fields::Fields;
use crate::console::form::Problems;
use crate::console::page::{failed, page};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::Visitor;
use crate::console::when::When;

/// Members on a page.
const PAGE: u32 = 100;

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    role: String,
    after: String,
    done: String,
}

impl Asked {
    fn is_unfiltered(&self) -> bool {
        self.q.is_empty() && self.role.is_empty() && self.after.is_empty()
    }

    fn page_after(&self, cursor: &str) -> String {
        let pairs = [("q", self.q.as_str()), ("role", self.role.as_str()), ("after", cursor)];
        let given: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        format!("/console/members?{}", serde_urlencoded::to_string(given).unwrap_or_default())
    }
}

#[derive(Template)]
#[template(path = "members/list.html")]
pub(super) struct MembersPage {
    shell: Shell,
    section: Section,
    rows: Vec<Row>,
    asked: Asked,
    next: Option<String>,
    may_invite: bool,
    sees_keys: bool,
    done: &'static str,
    fields: Fields,
    form: Problems,
    notice: String,
}

struct Row {
    id: Uuid,
    /// The person, whatever they belong to.
    user: Uuid,
    name: String,
    email: String,
    role: &'static str,
    is_pending: bool,
    is_self: bool,
    /// Roles that they can be given; empty: theirs stays.
    roles: Vec<&'static str>,
    may_remove: bool,
    since: When,
}

impl Row {
    /// The roles to choose from, and which one is theirs.
    fn choices(&self) -> impl Iterator<Item = (&'static str, bool)> + '_ {
        self.roles.iter().map(|role| (*role, *role == self.role))
    }
}

impl MembersPage {
    /// The page again, with a form that was refused.
    pub(super) fn refused(self, fields: Fields, form: Problems, notice: String) -> Self {
        Self { fields, form, notice, ..self }
    }

    /// The page as it is now, with an empty form.
    pub(super) async fn new(app: &App, visitor: Visitor, asked: Asked) -> Result<Self, Error> {
        let Visitor { actor, shell } = visitor;
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let paging = Paging { limit: Some(PAGE), cursor: given(&asked.after), offset: None };
        let filter = MemberFilter { role: given(&asked.role), text: given(&asked.q) };
        let organization = actor.organization_id();
        let listing = app.engine.find_members(&actor, organization, filter, &paging).await?;
        let (now, own_role) = (app.engine.now(), actor.member_role());
        let row = |member: Member| {
            // A rank above one's own is out of reach: what is offered here, the engine decides again.
            let in_reach = own_role.is_some_and(|own| member.role <= own);
            let is_self = actor.user() == Some(member.user);
            let roles = ROLES.into_iter().map(|(role, _)| role).filter(|role| Some(*role) <= own_role);
            Row {
                id: member.id.uuid(),
                user: member.user.uuid(),
                name: member.user_name,
                email: member.user_email.unwrap_or_default(),
                role: member.role.as_str(),
                is_pending: member.accepted_at.is_none(),
                is_self,
                roles: if in_reach && actor.has(Right::MemberUpdate) {
                    roles.map(MemberRole::as_str).collect()
                } else {
                    Vec::new()
                },
                may_remove: is_self || (in_reach && actor.has(Right::MemberDelete)),
                since: When::new(member.accepted_at.unwrap_or(member.created_at), now),
            }
        };
        Ok(Self {
            shell,
            section: Section::Members,
            rows: listing.items.into_iter().map(row).collect(),
            next: listing.next_cursor.map(|cursor| asked.page_after(&cursor)),
            asked,
            sees_keys: actor.has(Right::ApiKeyManage) && actor.has(Right::ApiKeyRead),
            may_invite: actor.has(Right::MemberCreate),
            done: "",
            fields: Fields::default(),
            form: Problems::default(),
            notice: String::new(),
        })
    }

    /// The roles to look for, and which one is looked for.
    fn roles_to_find(&self) -> [(&'static str, bool); 4] {
        ROLES.map(|(role, _)| (role.as_str(), role.as_str() == self.asked.role))
    }

    /// The roles to invite somebody with, and which one is chosen.
    fn roles(&self) -> [(&'static str, &'static str, bool); 4] {
        let typed = self.fields.text("role");
        let chosen = if typed.is_empty() { MemberRole::Developer.as_str() } else { typed };
        ROLES.map(|(role, said)| (role.as_str(), said, role.as_str() == chosen))
    }
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    match MembersPage::new(&app, visitor, asked).await {
        Ok(mut members) => {
            members.done = match members.asked.done.as_str() {
                "role" => "Role updated. It applies to their keys immediately.",
                "removed" => "Member removed and their keys revoked.",
                _ => "",
            };
            page(StatusCode::OK, &members)
        }
        Err(error) => failed(&error.into()),
    }
}
