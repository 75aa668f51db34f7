//! `/console/login`: signing in.

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde::Deserialize;

use super::form;
use super::page::{failed, go_to, page, sentence, signed_in};
use crate::app::SharedApp;
use crate::http::{Failure, client, session_caller};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    email: &'a str,
    notice: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct LoginForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

/// `GET`
pub(super) async fn show(app: SharedApp, parts: Parts) -> Response {
    match session_caller(&app, &parts).await {
        Ok(Some(_)) => go_to(super::HOME),
        Ok(None) => page(StatusCode::OK, &LoginPage { email: "", notice: String::new() }),
        Err(failure) => failed(&failure),
    }
}

/// `POST`
pub(super) async fn submit(app: SharedApp, request: Request) -> Response {
    let (parts, form) = match form::read::<LoginForm>(&app, request).await {
        Ok(read) => read,
        Err(failure) => return failed(&failure),
    };
    match app.engine.sign_in(&form.email, &form.password, client(&app, &parts)).await {
        Ok(session) => signed_in(&app, &session),
        Err(error) => {
            let failure = Failure::from(error);
            let notice = sentence(failure.message());
            page(failure.status(), &LoginPage { email: &form.email, notice })
        }
    }
}
