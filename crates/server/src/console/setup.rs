//! `/console/setup`: the bearer of the set-up link becomes the first owner.

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use keywright_engine::{Error, PersonDraft, Unauthenticated};
use serde::Deserialize;

use super::form::{self, Problems};
use super::page::{Refused, failed, holding_token, link_is_used, page, signed_in};
use crate::app::SharedApp;
use crate::http::client;

#[derive(Template)]
#[template(path = "setup.html")]
struct SetUpPage<'a> {
    token: &'a str,
    email: &'a str,
    name: &'a str,
    notice: String,
    form: Problems,
    password_hint: &'static str,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct SetUpForm {
    token: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

/// `GET`: the form, as often as the page is looked at; the link stays good.
pub(super) async fn show(app: SharedApp, parts: Parts) -> Response {
    holding_token(shown(app, parts).await)
}

async fn shown(app: SharedApp, parts: Parts) -> Response {
    let token = form::token_of(&parts);
    match app.engine.set_up_is_open(&token).await {
        Ok(true) => {
            let empty =
                SetUpForm { token, email: String::new(), name: String::new(), password: String::new() };
            page(StatusCode::OK, &form_page(&empty, String::new(), Problems::default()))
        }
        Ok(false) => link_is_used("seven days"),
        Err(error) => failed(&error.into()),
    }
}

/// `POST`: uses the link up, makes the owner, and signs them in. No page elsewhere may send this: whoever has a token could have
/// somebody else's browser signed in by it.
pub(super) async fn submit(app: SharedApp, request: Request) -> Response {
    let (parts, form) = match form::read_with_token::<SetUpForm>(&app, request).await {
        Ok(read) => read,
        Err(failure) => return failed(&failure),
    };
    let person =
        PersonDraft { email: form.email.clone(), name: form.name.clone(), password: form.password.clone() };
    match app.engine.set_up(&form.token, person, client(&app, &parts)).await {
        Ok(session) => signed_in(&app, &parts.headers, &session, super::HOME).await,
        Err(Error::Unauthenticated(Unauthenticated::Link)) => link_is_used("seven days"),
        Err(error) => {
            let Refused { status, problems, notice } = error.into();
            page(status, &form_page(&form, notice, problems))
        }
    }
}

/// The form with what was typed, but never the password.
fn form_page(form: &SetUpForm, notice: String, problems: Problems) -> SetUpPage<'_> {
    SetUpPage {
        token: &form.token,
        email: &form.email,
        name: &form.name,
        notice,
        form: problems,
        password_hint: super::PASSWORD_HINT,
    }
}
