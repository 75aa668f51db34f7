//! What services and gateways ask that hold keys or tokens in their hands, in the words of their standards.

mod introspection;
mod jwks;
mod metadata;
mod oauth;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;
use crate::http::Teller;

const INTROSPECT: &str = "/oauth2/introspect";
const JWKS: &str = "/.well-known/jwks.json";
const METADATA: &str = "/.well-known/oauth-authorization-server";
const METADATA_OF_ORGANIZATION: &str = "/.well-known/oauth-authorization-server/organizations/{id}";

/// The patterns of all routes here, for the metrics.
pub(crate) fn routes<'a>() -> impl Iterator<Item = &'a str> {
    [INTROSPECT, JWKS, METADATA, METADATA_OF_ORGANIZATION].into_iter()
}

/// All routes.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route(INTROSPECT, post(introspection::introspect))
        .route(JWKS, get(jwks::jwks))
        .route(METADATA, get(metadata::of_server))
        .route(METADATA_OF_ORGANIZATION, get(metadata::of_organization))
}

/// Who tells the failures of requests to a path.
pub(crate) fn teller(path: &str) -> Option<Teller> {
    path.starts_with("/oauth2/").then_some(oauth::tell as Teller)
}
