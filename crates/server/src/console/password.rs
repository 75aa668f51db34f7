//! `/console/password`: replacing one's password.

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use keywright_engine::{Actor, Credential};
use serde::Deserialize;

use super::form::{self, Problems};
use super::page::{failed, go_to, page, said};
use crate::app::SharedApp;
use crate::http::session_caller;

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    must: bool,
    notice: String,
    form: Problems,
    password_hint: &'static str,
}

/// What the form sends.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PasswordForm {
    #[serde(default)]
    current_password: String,
    #[serde(default)]
    new_password: String,
}

/// `GET`
pub(super) async fn show(app: SharedApp, parts: Parts) -> Response {
    match session_caller(&app, &parts).await {
        Ok(Some(actor)) => {
            page(StatusCode::OK, &form_page(must_change(&actor), String::new(), Problems::default()))
        }
        Ok(None) => go_to(super::LOGIN),
        Err(failure) => failed(&failure),
    }
}

/// `POST`
pub(super) async fn submit(app: SharedApp, request: Request) -> Response {
    let (parts, form) = match form::read::<PasswordForm>(&app, request).await {
        Ok(read) => read,
        Err(failure) => return failed(&failure),
    };
    let actor = match session_caller(&app, &parts).await {
        Ok(Some(actor)) => actor,
        Ok(None) => return go_to(super::LOGIN),
        Err(failure) => return failed(&failure),
    };
    match app.engine.change_password(&actor, &form.current_password, &form.new_password).await {
        Ok(()) if must_change(&actor) => go_to(super::HOME),
        Ok(()) => go_to("/console/account?done=password"),
        Err(error) => {
            let (failure, said) = said(error);
            let problems = Problems::of(&failure);
            let notice = if failure.problems().is_empty() { said } else { String::new() };
            page(failure.status(), &form_page(must_change(&actor), notice, problems))
        }
    }
}

/// Whether somebody else set the password.
pub(super) fn must_change(actor: &Actor) -> bool {
    matches!(actor.credential(), Credential::Session { must_change_password: true, .. })
}

fn form_page(must: bool, notice: String, problems: Problems) -> PasswordPage {
    PasswordPage { must, notice, form: problems, password_hint: super::PASSWORD_HINT }
}
