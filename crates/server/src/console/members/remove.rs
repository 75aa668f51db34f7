//! Removing somebody, or leaving.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::MemberId;
use keywright_engine::Error;
use keywright_store::Member;

use crate::app::{App, SharedApp};
use crate::console::page::{failed, go_to, message, page, see};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Submitted, Visitor};

#[derive(Template)]
#[template(path = "members/remove.html")]
struct RemovePage {
    shell: Shell,
    section: Section,
    id: String,
    name: String,
    email: String,
    is_self: bool,
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor, Path(id): Path<String>) -> Response {
    let member = match find(&app, &visitor, &id).await {
        Ok(member) => member,
        Err(response) => return response,
    };
    let remove = RemovePage {
        is_self: visitor.actor.user() == Some(member.user),
        shell: visitor.shell,
        section: Section::Members,
        id,
        name: member.user_name,
        email: member.user_email.unwrap_or_default(),
    };
    page(StatusCode::OK, &remove)
}

/// `POST`
pub(super) async fn submit(app: SharedApp, Path(id): Path<String>, submitted: Submitted) -> Response {
    let visitor = submitted.visitor;
    let member = match find(&app, &visitor, &id).await {
        Ok(member) => member,
        Err(response) => return response,
    };
    let organization = visitor.actor.organization_id();
    match app.engine.remove_member(&visitor.actor, organization, member.id).await {
        // Whoever leaves has nothing to look at here any more.
        Ok(()) if visitor.actor.user() == Some(member.user) => go_to(crate::console::HOME),
        Ok(()) => see("/console/members?done=removed"),
        Err(error) => failed(&error.into()),
    }
}

async fn find(app: &App, visitor: &Visitor, id: &str) -> Result<Member, Response> {
    let not_there = || message(StatusCode::NOT_FOUND, "Member not found", "They may have left already.");
    let Ok(id) = id.parse::<MemberId>() else { return Err(not_there()) };
    match app.engine.member(&visitor.actor, visitor.actor.organization_id(), id).await {
        Ok(member) => Ok(member),
        Err(Error::NotFound { .. }) => Err(not_there()),
        Err(error) => Err(failed(&error.into())),
    }
}
