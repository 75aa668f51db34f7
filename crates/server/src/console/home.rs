//! `/console`: who one is, and the way to a first key.

use askama::Template;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use keywright_domain::MemberRole;
use keywright_engine::Whoami;

use super::page::{failed, go_to, page};
use super::password::must_change;
use crate::app::{App, SharedApp};
use crate::http::session_caller;

/// The number of the organization that root keys belong to.
const FIRST_ORGANIZATION: i64 = 1;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    name: String,
    email: Option<String>,
    organization: String,
    organization_number: i64,
    organization_id: String,
    role: Option<&'static str>,
    root_key_file: Option<String>,
    base: String,
}

/// `GET`
pub(super) async fn show(app: SharedApp, parts: Parts) -> Response {
    let actor = match session_caller(&app, &parts).await {
        Ok(Some(actor)) => actor,
        Ok(None) => return go_to(super::LOGIN),
        Err(failure) => return failed(&failure),
    };
    if must_change(&actor) {
        return go_to("/console/password");
    }
    match app.engine.whoami(&actor).await {
        Ok(who) => page(StatusCode::OK, &home_page(&app, &parts.headers, who)),
        Err(error) => failed(&error.into()),
    }
}

fn home_page(app: &App, headers: &HeaderMap, who: Whoami) -> HomePage {
    let (name, email) = who.user.map(|user| (user.name, user.email)).unwrap_or_default();
    let may_see_root_key =
        who.role == Some(MemberRole::Owner) && who.organization.number == FIRST_ORGANIZATION;
    HomePage {
        name,
        email,
        organization: who.organization.name,
        organization_number: who.organization.number,
        organization_id: who.organization.id.to_string(),
        role: who.role.map(MemberRole::as_str),
        root_key_file: app.settings.root_key_file.clone().filter(|_| may_see_root_key),
        base: base_url(app, headers),
    }
}

/// Where this server is reached: what the operator says, else the host that the browser asked, if that is one.
pub(super) fn base_url(app: &App, headers: &HeaderMap) -> String {
    if let Some(url) = &app.settings.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let is_host = |host: &&str| {
        !host.is_empty()
            && host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'))
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).filter(is_host);
    format!("http://{}", host.unwrap_or("127.0.0.1:8080"))
}
