//! Where things are, for clients that look it up by an issuer's name (RFC 8414).

use axum::extract::Path;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use keywright_domain::{IdError, OrganizationId};
use serde::Serialize;

use super::{INTROSPECT, JWKS};
use crate::app::{App, SharedApp};
use crate::http::Failure;

#[derive(Serialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: [&'static str; 2],
    /// Nothing is authorized here in the ways of OAuth: there is no one to redirect, and no token endpoint.
    response_types_supported: [&'static str; 0],
    grant_types_supported: [&'static str; 0],
}

/// Of the server, for who wants to find its endpoints.
pub(super) async fn of_server(app: SharedApp) -> Result<Response, Failure> {
    tell(&app, public_url(&app)?.to_owned())
}

/// Of an organization, which is what tokens name as their issuer. Told of any id: what is true of all of them gives away
/// nothing of any.
pub(super) async fn of_organization(
    app: SharedApp,
    // Not as a `PathId`, whose mistakes are told to known callers alone: this is everybody's.
    id: Path<String>,
) -> Result<Response, Failure> {
    let id: OrganizationId =
        id.parse().map_err(|error: IdError| Failure::invalid("id", error.to_string()))?;
    tell(&app, app.issuer.of(id))
}

fn tell(app: &App, issuer: String) -> Result<Response, Failure> {
    let url = public_url(app)?;
    let metadata = Metadata {
        issuer,
        jwks_uri: format!("{url}{JWKS}"),
        introspection_endpoint: format!("{url}{INTROSPECT}"),
        introspection_endpoint_auth_methods_supported: ["client_secret_basic", "Bearer"],
        response_types_supported: [],
        grant_types_supported: [],
    };
    let headers = [
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
        (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    ];
    Ok((headers, axum::Json(metadata)).into_response())
}

/// An issuer's name is a URL that holds whoever asks: not one that a request's `Host` chooses.
fn public_url(app: &App) -> Result<&str, Failure> {
    app.settings.public_url.as_deref().ok_or_else(|| {
        Failure::new(StatusCode::NOT_FOUND, "this server was not told its public URL: set public_url")
    })
}
