//! `/console/logout`: signing out.

use axum::extract::Request;
use axum::http::header::SET_COOKIE;
use axum::response::Response;

use super::form;
use super::page::{failed, go_to};
use crate::app::SharedApp;
use crate::http::{Failure, clear_session, session_caller};

/// `POST`: a form without fields, so that no link and no other site signs anybody out.
pub(super) async fn submit(app: SharedApp, request: Request) -> Response {
    let ended = async {
        let (parts, ()) = form::read::<()>(&app, request).await?;
        if let Some(actor) = session_caller(&app, &parts).await? {
            app.engine.sign_out(&actor).await?;
        }
        Ok::<_, Failure>(())
    };
    match ended.await {
        Ok(()) => {
            let mut response = go_to("/console/login?told=out");
            response.headers_mut().insert(SET_COOKIE, clear_session(&app.settings));
            response
        }
        Err(failure) => failed(&failure),
    }
}
