//! `/console/lost-password`: the bearer of a link that the operator made chooses a new password.

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use keywright_engine::{Error, Unauthenticated};
use serde::Deserialize;

use super::form::{self, Problems};
use super::page::{Refused, failed, holding_token, link_is_used, page, signed_in};
use crate::app::{App, SharedApp};
use crate::http::client;

#[derive(Template)]
#[template(path = "lost_password.html")]
struct LostPasswordPage<'a> {
    token: &'a str,
    email: &'a str,
    notice: String,
    form: Problems,
    password_hint: &'static str,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct LostPasswordForm {
    #[serde(default)]
    token: String,
    #[serde(default)]
    password: String,
}

/// `GET`: the form, as often as the page is looked at; the link stays good.
pub(super) async fn show(app: SharedApp, parts: Parts) -> Response {
    let token = form::token_of(&parts);
    holding_token(form_page(&app, &token, StatusCode::OK, String::new(), Problems::default()).await)
}

/// `POST`: uses the link up, and signs the person in. No page elsewhere may send this: whoever has a token could have somebody
/// else's browser signed in by it.
pub(super) async fn submit(app: SharedApp, request: Request) -> Response {
    let (parts, form) = match form::read_with_token::<LostPasswordForm>(&app, request).await {
        Ok(read) => read,
        Err(failure) => return failed(&failure),
    };
    match app.engine.choose_lost_password(&form.token, form.password, client(&app, &parts)).await {
        Ok(session) => signed_in(&app, &parts.headers, &session, super::HOME).await,
        Err(Error::Unauthenticated(Unauthenticated::Link)) => link_is_used("an hour"),
        Err(error) => {
            let Refused { status, problems, notice } = error.into();
            form_page(&app, &form.token, status, notice, problems).await
        }
    }
}

async fn form_page(app: &App, token: &str, status: StatusCode, notice: String, form: Problems) -> Response {
    match app.engine.password_link_is_for(token).await {
        Ok(Some(email)) => {
            let password_hint = super::PASSWORD_HINT;
            page(status, &LostPasswordPage { token, email: &email, notice, form, password_hint })
        }
        Ok(None) => link_is_used("an hour"),
        Err(error) => failed(&error.into()),
    }
}
