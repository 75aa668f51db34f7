//! Inviting somebody, and showing the link this once.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::MemberDraft;

use super::list::{Asked, MembersPage};
use crate::app::SharedApp;
use crate::console::home::base_url;
use crate::console::page::{Refused, failed, page};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::Submitted;
use crate::console::when::When;

#[derive(Template)]
#[template(path = "members/invited.html")]
struct InvitedPage {
    shell: Shell,
    section: Section,
    email: String,
    link: Option<String>,
    ends: Option<When>,
}

/// `POST`
pub(super) async fn submit(app: SharedApp, submitted: Submitted) -> Response {
    let Submitted { visitor, fields, parts } = submitted;
    let draft = MemberDraft { email: fields.given("email"), name: None, role: fields.given("role") };
    match app.engine.invite_member(&visitor.actor, visitor.actor.organization_id(), draft).await {
        Ok(invitation) => {
            let base = base_url(&app, &parts.headers);
            let link = invitation.link.as_ref();
            let invited = InvitedPage {
                shell: visitor.shell,
                section: Section::Members,
                email: invitation.member.user_email.unwrap_or_default(),
                link: link.map(|link| format!("{base}/console/invitation?token={}", link.token.expose())),
                ends: link.map(|link| When::new(link.expires_at, app.engine.now())),
            };
            page(StatusCode::OK, &invited)
        }
        Err(error) => {
            let Refused { status, problems, notice } = error.into();
            match MembersPage::new(&app, visitor, Asked::default()).await {
                Ok(members) => page(status, &members.refused(fields, problems, notice)),
                Err(error) => failed(&error.into()),
            }
        }
    }
}
