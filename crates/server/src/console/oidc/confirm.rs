//! Whoever has an identity's address here confirms that it is theirs: with their password, or signed in already.

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use keywright_engine::{Actor, Error};
use serde::Deserialize;

use super::attempt::{Proven, forget, kept};
use super::{none, start_again};
use crate::app::{App, SharedApp};
use crate::console::form;
use crate::console::page::{failed, page, said, see, signed_in};
use crate::http::{Failure, client, session_caller};

#[derive(Template)]
#[template(path = "oidc/confirm.html")]
struct ConfirmPage<'a> {
    label: &'a str,
    email: &'a str,
    issuer: String,
    /// Whether they are signed in here already.
    is_signed_in: bool,
    notice: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct ConfirmForm {
    #[serde(default)]
    password: String,
}

/// `GET`
pub(super) async fn show(app: SharedApp, parts: Parts) -> Response {
    let Some(proven) = kept::<Proven>(&app, &parts.headers) else { return too_late() };
    match owner(&app, &parts, &proven).await {
        Ok(actor) => confirm_page(&app, StatusCode::OK, &proven, actor.is_some(), String::new()),
        Err(failure) => failed(&failure),
    }
}

/// `POST`
pub(super) async fn submit(app: SharedApp, request: Request) -> Response {
    let (parts, form) = match form::read::<ConfirmForm>(&app, request).await {
        Ok(read) => read,
        Err(failure) => return failed(&failure),
    };
    let Some(proven) = kept::<Proven>(&app, &parts.headers) else { return too_late() };
    let actor = match owner(&app, &parts, &proven).await {
        Ok(actor) => actor,
        Err(failure) => return failed(&failure),
    };
    let linked = link(&app, &parts, &proven, actor.as_ref(), &form.password).await;
    match linked {
        Ok(mut response) => {
            forget::<Proven>(&app, &mut response);
            response
        }
        Err(error) => {
            let (failure, notice) = said(error);
            confirm_page(&app, failure.status(), &proven, actor.is_some(), notice)
        }
    }
}

async fn link(
    app: &App,
    parts: &Parts,
    proven: &Proven,
    actor: Option<&Actor>,
    password: &str,
) -> Result<Response, Error> {
    let (identity, attempt) = (proven.identity(), proven.attempt.as_str());
    if let Some(actor) = actor {
        app.engine.link_to_self(actor, &identity, attempt).await?;
        return Ok(see("/console/account?done=linked"));
    }
    let session = app.engine.link_by_password(&identity, password, attempt, client(app, parts)).await?;
    Ok(signed_in(app, &parts.headers, &session, &proven.next).await)
}

/// The person who is signed in in this browser, if it is the one with the identity's address.
async fn owner(app: &App, parts: &Parts, proven: &Proven) -> Result<Option<Actor>, Failure> {
    let Some(actor) = session_caller(app, parts).await? else { return Ok(None) };
    let user = app.engine.own_user(&actor).await?;
    Ok((user.email.as_deref() == Some(proven.email.as_str())).then_some(actor))
}

fn confirm_page(
    app: &App,
    status: StatusCode,
    proven: &Proven,
    is_signed_in: bool,
    notice: String,
) -> Response {
    let Some(oidc) = &app.settings.oidc else { return none() };
    let issuer = proven.identity().issuer;
    page(status, &ConfirmPage { label: &oidc.label, email: &proven.email, issuer, is_signed_in, notice })
}

fn too_late() -> Response {
    start_again("The confirmation expired or was already completed.")
}
