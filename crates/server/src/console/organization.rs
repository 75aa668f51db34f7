//! Turning to another of one's organizations.

use axum::http::header::SET_COOKIE;
use axum::response::Response;

use super::page::{failed, go_to};
use super::visitor::Submitted;
use crate::app::SharedApp;
use crate::http::set_organization;

/// `POST`
pub(super) async fn submit(app: SharedApp, submitted: Submitted) -> Response {
    let Submitted { visitor, fields, .. } = submitted;
    let Ok(number) = fields.text("number").parse() else { return go_to(super::HOME) };
    match app.engine.acting_in_numbered(&visitor.actor, number) {
        Ok(_) => {
            let mut response = go_to(super::HOME);
            response.headers_mut().insert(SET_COOKIE, set_organization(number, &app.settings));
            response
        }
        Err(error) => failed(&error.into()),
    }
}
