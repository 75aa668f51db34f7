//! `/console/login`: signing in.

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde::Deserialize;

use super::form;
use super::oidc::start_address;
use super::page::{failed, go_to, page, said, signed_in};
use crate::app::{App, SharedApp};
use crate::http::{client, session_caller};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    email: &'a str,
    notice: String,
    /// What happened before, if anything did.
    told: &'static str,
    /// Where to go then.
    next: &'a str,
    oidc: Option<WithProvider<'a>>,
}

/// The way to sign in with a provider of identities.
struct WithProvider<'a> {
    label: &'a str,
    href: String,
}

impl<'a> WithProvider<'a> {
    fn of(app: &'a App, next: &str) -> Option<Self> {
        let oidc = app.settings.oidc.as_ref()?;
        Some(Self { label: &oidc.label, href: start_address(next) })
    }
}

/// What the address of the page says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    next: String,
    told: String,
}

/// What a page that leads here says.
fn in_words(told: &str) -> &'static str {
    match told {
        "ended" => "Your session has ended. Sign in to continue.",
        "unsent" => "Your session had ended, so the form was not submitted. Sign in and submit it again.",
        "out" => "You’re signed out.",
        "everywhere" => "You’re signed out on all devices.",
        _ => "",
    }
}

/// A longer address is not led to: with it the cookie of an attempt to sign in with a provider may be more than a browser keeps.
const MAX_NEXT_BYTES: usize = 1500;

/// The page of the console that was asked for before signing in; home for anything else.
pub(super) fn next_of(asked: &str) -> &str {
    if asked.len() <= MAX_NEXT_BYTES
        && asked.starts_with("/console/")
        && !asked.contains('\\')
        && !asked.contains(char::is_control)
    {
        asked
    } else {
        super::HOME
    }
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct LoginForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// `GET`
pub(super) async fn show(app: SharedApp, parts: Parts) -> Response {
    let query = parts.uri.query().unwrap_or_default();
    let asked: Asked = serde_urlencoded::from_str(query).unwrap_or_default();
    let next = next_of(&asked.next);
    let oidc = WithProvider::of(&app, next);
    match session_caller(&app, &parts).await {
        Ok(Some(_)) => go_to(super::HOME),
        Ok(None) => page(
            StatusCode::OK,
            &LoginPage { email: "", notice: String::new(), told: in_words(&asked.told), next, oidc },
        ),
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
        Ok(session) => signed_in(&app, &parts.headers, &session, next_of(&form.next)).await,
        Err(error) => {
            let (failure, notice) = said(error);
            let next = next_of(&form.next);
            let oidc = WithProvider::of(&app, next);
            page(failure.status(), &LoginPage { email: &form.email, notice, told: "", next, oidc })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_led_to_pages_of_the_console_whose_addresses_are_not_long() {
        let long = |bytes: usize| format!("/console/keys?q={}", "a".repeat(bytes - "/console/keys?q=".len()));
        assert_eq!(next_of("/console/keys?q=a"), "/console/keys?q=a");
        assert_eq!(next_of(&long(MAX_NEXT_BYTES)), long(MAX_NEXT_BYTES));
        for elsewhere in
            [&long(MAX_NEXT_BYTES + 1), "https://evil.example", "//evil.example", "/console/\\x", ""]
        {
            assert_eq!(next_of(elsewhere), crate::console::HOME, "{elsewhere}");
        }
    }
}
