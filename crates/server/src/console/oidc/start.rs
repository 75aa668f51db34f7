//! Sending a browser to the provider.

use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use keywright_engine::Error;
use serde::Deserialize;

use super::attempt::{Begun, keep};
use super::none;
use crate::app::SharedApp;
use crate::console::login::next_of;
use crate::console::page::{message, said, see};
use crate::http::client;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    next: String,
}

/// The address that begins it, and leads there afterwards.
pub(in crate::console) fn address(next: &str) -> String {
    let query = serde_urlencoded::to_string([("next", next)]).unwrap_or_default();
    format!("/console/oidc/start?{query}")
}

/// `GET`, from the server's own pages: a page elsewhere that leads here leads to where one signs in.
pub(super) async fn show(app: SharedApp, Query(asked): Query<Asked>, parts: Parts) -> Response {
    let Some(oidc) = &app.settings.oidc else { return none() };
    let next = next_of(&asked.next);
    if comes_from_elsewhere(&parts.headers) {
        return see(super::super::LOGIN);
    }
    if let Err(error) = app.engine.charge_sign_in_from(&client(&app, &parts)) {
        return too_often(error);
    }
    let begun = Begun::new(&app.engine, next);
    match oidc.provider.address(begun.as_attempt()).await {
        Ok(address) => {
            let mut response = see(&address);
            keep(&app, &mut response, &begun);
            response
        }
        Err(failure) => {
            tracing::warn!(%failure, issuer = oidc.provider.issuer(), "nobody can sign in with the provider");
            away(&oidc.label)
        }
    }
}

/// The provider is not there.
pub(super) fn away(label: &str) -> Response {
    let said =
        format!("{label} is not responding. Try again in a minute, or sign in with your email and password.");
    message(StatusCode::SERVICE_UNAVAILABLE, "Provider unavailable", &said)
}

/// Too many attempts come from there.
pub(super) fn too_often(error: Error) -> Response {
    let (failure, words) = said(error);
    message(failure.status(), "Sign-in failed", &words)
}

fn comes_from_elsewhere(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}
