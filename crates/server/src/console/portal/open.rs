//! Where the link to the portal leads: a page that sends its token by a form, which uses the link up. Looking at the page
//! does not, so that whatever looks at links before people do spoils none.

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::response::Response;
use keywright_domain::PortalSessionId;
use keywright_engine::{Error, Unauthenticated};
use serde::Deserialize;

use super::frame::Frame;
use super::visit::session_of;
use crate::app::{App, SharedApp};
use crate::console::form;
use crate::console::page::failed;
use crate::http::{client, set_portal};

#[derive(Template)]
#[template(path = "portal/open.html")]
struct OpenPage<'a> {
    frame: &'a Frame,
    token: &'a str,
}

/// What the form sends.
#[derive(Deserialize)]
struct OpenForm {
    #[serde(default)]
    token: String,
}

/// `GET`: as often as the page is looked at; the link stays good.
pub(super) async fn show(app: SharedApp, parts: Parts) -> Response {
    let token = form::token_of(&parts);
    let (id, frame) = match find(&app, &parts).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    match app.engine.portal_link_is_open(id, &token).await {
        Ok(true) => frame.page(StatusCode::OK, &OpenPage { frame: &frame, token: &token }),
        Ok(false) => frame.link_is_used(),
        Err(error) => frame.failed(error),
    }
}

/// `POST`: uses the link up and begins the session.
///
/// Any page may send this: the token is the right, and whoever has it needs no other. A session that another page begins in
/// somebody's browser is of no use there, since each has an address of its own.
pub(super) async fn submit(app: SharedApp, request: Request) -> Response {
    let (parts, sent) = match form::read_from_anywhere::<OpenForm>(request).await {
        Ok(read) => read,
        Err(failure) => return failed(&failure),
    };
    let (id, frame) = match find(&app, &parts).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    match app.engine.open_portal(id, &sent.token, client(&app, &parts)).await {
        Ok(opened) => {
            let times = (opened.expires_at, app.engine.now());
            let cookie = set_portal(id, opened.token.expose(), times, frame.is_framed(), &app.settings);
            let mut response = frame.see("");
            response.headers_mut().insert(SET_COOKIE, cookie);
            response
        }
        Err(Error::Unauthenticated(Unauthenticated::Link)) => frame.link_is_used(),
        Err(error) => frame.failed(error),
    }
}

async fn find(app: &App, parts: &Parts) -> Result<(PortalSessionId, Frame), Response> {
    let id = session_of(parts);
    let frame = Frame::find(app, id, parts).await.map_err(|error| failed(&error.into()))?.holding_token();
    id.map(|id| (id, frame)).ok_or(()).map_err(|()| failed_link(parts))
}

/// An address that was cut off or mistyped.
fn failed_link(parts: &Parts) -> Response {
    let nobodys = PortalSessionId::from_uuid(uuid::Uuid::nil());
    Frame::new(nobodys, &keywright_domain::PortalSettings::default(), parts).link_is_used()
}
