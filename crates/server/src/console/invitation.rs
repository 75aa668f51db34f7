//! `/console/invitation`: joining an organization.

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use keywright_engine::{Actor, Error, NewPerson, Unauthenticated};
use serde::Deserialize;

use super::form::{self, Problems};
use super::page::{Refused, failed, go_to, holding_token, link_is_used, page, signed_in};
use crate::app::{App, SharedApp};
use crate::http::{client, session_caller};

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage<'a> {
    token: &'a str,
    name: &'a str,
    as_new: bool,
    signed_in_as: String,
    notice: String,
    form: Problems,
    password_hint: &'static str,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct InvitationForm {
    token: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

/// `GET`: does not use the link up.
pub(super) async fn show(app: SharedApp, parts: Parts) -> Response {
    holding_token(shown(app, parts).await)
}

async fn shown(app: SharedApp, parts: Parts) -> Response {
    let actor = match session_caller(&app, &parts).await {
        Ok(actor) => actor,
        Err(failure) => return failed(&failure),
    };
    let form = InvitationForm { token: form::token_of(&parts), name: String::new(), password: String::new() };
    if form.token.is_empty() {
        return link_is_used("seven days");
    }
    let signed_in_as = name_of(&app, actor.as_ref()).await;
    page(StatusCode::OK, &form_page(&form, actor.is_none(), signed_in_as, String::new(), Problems::default()))
}

/// `POST`: the membership begins. No page elsewhere may send this, whoever is signed in: whoever has a token could have
/// somebody else's browser signed in by it, or somebody else join.
pub(super) async fn submit(app: SharedApp, request: Request) -> Response {
    let (parts, form) = match form::read_with_token::<InvitationForm>(&app, request).await {
        Ok(read) => read,
        Err(failure) => return failed(&failure),
    };
    let actor = match session_caller(&app, &parts).await {
        Ok(actor) => actor,
        Err(failure) => return failed(&failure),
    };
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let new_person = some(&form.password).map(|password| NewPerson { name: some(&form.name), password });
    match app.engine.accept_invitation(&form.token, new_person, actor.as_ref(), client(&app, &parts)).await {
        Ok(accepted) => match accepted.signed_in {
            Some(session) => signed_in(&app, &parts.headers, &session, super::HOME).await,
            None => go_to(super::HOME),
        },
        Err(Error::Unauthenticated(Unauthenticated::Link)) => link_is_used("seven days"),
        Err(error) => {
            let Refused { status, problems, notice } = error.into();
            // Somebody is signed in here, but the invitation is a new person's.
            let as_new = actor.is_none() || !problems.at("password").is_empty();
            let signed_in_as = name_of(&app, actor.as_ref()).await;
            page(status, &form_page(&form, as_new, signed_in_as, notice, problems))
        }
    }
}

/// What to call the person who is signed in.
async fn name_of(app: &App, actor: Option<&Actor>) -> String {
    let Some(actor) = actor else { return String::new() };
    let user = app.engine.whoami(actor).await.ok().and_then(|who| who.user);
    user.map(|user| user.email.unwrap_or(user.name)).unwrap_or_default()
}

fn form_page(
    form: &InvitationForm,
    as_new: bool,
    signed_in_as: String,
    notice: String,
    problems: Problems,
) -> InvitationPage<'_> {
    InvitationPage {
        token: &form.token,
        name: &form.name,
        as_new,
        signed_in_as,
        notice,
        form: problems,
        password_hint: super::PASSWORD_HINT,
    }
}
