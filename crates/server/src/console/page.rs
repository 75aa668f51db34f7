//! A page, with what keeps it to itself.

use std::time::Duration;

use askama::Template;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use keywright_engine::{Error, SignedIn, told};

use super::form::Problems;
use crate::app::App;
use crate::http::{Failure, set_session, shown_session};

/// Nothing is loaded but from the own server, and no script that stands in a page; forms go to the own server, and no other
/// page may frame this one.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);

/// No other site is told a page's address, and no copy of the page is kept. The own server is: without that, browsers say of
/// no form whose page sent it (`Origin: null`), and over plain HTTP nothing else says so.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
    (CONTENT_SECURITY_POLICY, POLICY),
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// A page that says one thing.
#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    heading: &'a str,
    text: &'a str,
}

/// A page as an answer.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, HEADERS, html).into_response(),
        Err(_) => Failure::internal().into_response(),
    }
}

/// The same of a page whose address holds a token: that is told to nobody at all.
pub(super) fn holding_token(mut response: Response) -> Response {
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// A page that says one thing.
pub(crate) fn message(status: StatusCode, heading: &str, text: &str) -> Response {
    page(status, &Message { heading, text })
}

/// A link that leads nowhere any more; `lasts`: how long such links do.
pub(super) fn link_is_used(lasts: &str) -> Response {
    let text = format!(
        "Links work once and expire after {lasts}. If you’ve already used it, sign in. Otherwise, ask for a new one."
    );
    message(StatusCode::GONE, "Link expired", &text)
}

/// Said above a form that was sent after somebody else had saved the same; `what`: such as "This role was".
pub(super) fn overwrites(what: &str) -> String {
    format!("{what} changed by someone else. Review your changes: saving overwrites theirs.")
}

/// What went wrong, where there is no form to say it in.
pub(super) fn failed(failure: &Failure) -> Response {
    message(failure.status(), "Something went wrong", &sentence(failure.message()))
}

/// How a form that was refused is shown again.
pub(super) struct Refused {
    pub(super) status: StatusCode,
    /// What is said beside its fields.
    pub(super) problems: Problems,
    /// What is said above it; empty where all is said beside the fields.
    pub(super) notice: String,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let failure = Failure::from(error);
        let problems = Problems::of(&failure);
        let is_said = !failure.problems().is_empty();
        let notice = if is_said { String::new() } else { sentence(failure.message()) };
        Self { status: failure.status(), problems, notice }
    }
}

/// Somewhere else, by GET (RFC 9110, section 15.4.4).
pub(super) fn go_to(path: &'static str) -> Response {
    let headers =
        [(LOCATION, HeaderValue::from_static(path)), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// Another page of the console, after something was done.
pub(super) fn see(path: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(path) else { return go_to(super::HOME) };
    let headers = [(LOCATION, location), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// A page of the console, with a session that has begun.
///
/// The one that this browser showed ends: nobody would see it again, and whoever has its token could go on with it.
pub(super) async fn signed_in(app: &App, headers: &HeaderMap, session: &SignedIn, next: &str) -> Response {
    if let Some(before) = shown_session(app, headers)
        && let Err(error) = app.engine.end_session_of(before).await
    {
        // They are signed in all the same.
        tracing::warn!(%error, "the session that another one replaced in a browser could not be ended");
    }
    let cookie = set_session(session.token.expose(), session.expires_at, app.engine.now(), &app.settings);
    let mut response = see(next);
    response.headers_mut().insert(SET_COOKIE, cookie);
    response
}

/// A refusal where a password is asked for, and how it is said: whoever tried too often is told how long it lasts.
pub(super) fn said(error: Error) -> (Failure, String) {
    let waits = match &error {
        Error::TooManyAttempts { retry_after } => Some(in_a_while(*retry_after)),
        _ => None,
    };
    let failure = Failure::from(error);
    let said = waits.unwrap_or_else(|| sentence(failure.message()));
    (failure, said)
}

fn in_a_while(wait: Duration) -> String {
    let seconds = told::retry_after_seconds(wait);
    let (count, unit) = if seconds < 90 { (seconds, "second") } else { (seconds.div_ceil(60), "minute") };
    let plural = if count == 1 { "" } else { "s" };
    format!("Too many attempts. Wait {count} {unit}{plural}, then try again.")
}

/// A message of the API as a sentence.
pub(super) fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if message.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}
