//! Sign out.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::super::caller::Asked;
use super::cookies;
use crate::app::SharedApp;
use crate::http::{Failure, json};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignedOut {
    successful: bool,
    redirect_uri: &'static str,
}

/// Ends the session that the request is made with. A key has none, and stays.
pub(in crate::dialects::immich) async fn logout(app: SharedApp, asked: Asked) -> Result<Response, Failure> {
    asked.require_all()?;
    if asked.actor.key_id().is_none() {
        app.engine.sign_out(&asked.actor).await?;
    }
    let answer = SignedOut { successful: true, redirect_uri: "/auth/login?autoLaunch=0" };
    let mut response = json(StatusCode::OK, &answer);
    cookies::clear(response.headers_mut());
    Ok(response)
}
