//! The gateways in front of other people's services, which ask here whether a request may pass; and those services
//! themselves, which hold keys or tokens in their hands and ask in the words of their standards.
//!
//! What a gateway says of the original request is believed by its profile alone ([`profile`]); what the request needs
//! comes from the gateway's administrator (the question's query) or from the configuration (the route table), never from
//! a header. The engine decides.

mod authz;
mod credentials;
mod demand;
mod denied;
mod envoy;
mod headers;
mod introspection;
mod jwks;
mod metadata;
mod oauth;
mod origin;
mod profile;
mod query;
mod question;
mod routing;
mod settings;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::{MethodRouter, any, get, post};

pub(crate) use authz::authz_at_once;
pub use profile::GatewayProfile;
pub use routing::{RouteDraft, RouteProblem, RouteTable};
pub use settings::{
    CredentialPlace, GatewayRules, GatewaySettings, Preflight, ProfileRules, Statuses, Unmatched,
};

use crate::app::{App, SharedApp};
use crate::http::Teller;
use crate::operations::Written;

/// The description of what is asked here.
pub(crate) const DESCRIPTION: Written =
    Written { file: "gateways.json", title: "Gateways and OAuth", text: include_str!("openapi.json") };

/// Where a gateway asks that says nothing of the original request.
const AUTHZ_PLAIN: &str = "/authz";
/// Where gateways ask by HTTP.
const AUTHZ: [(&str, GatewayProfile); 8] = [
    (AUTHZ_PLAIN, GatewayProfile::Plain),
    ("/authz/nginx", GatewayProfile::Nginx),
    ("/authz/haproxy", GatewayProfile::Haproxy),
    ("/authz/traefik", GatewayProfile::Traefik),
    ("/authz/caddy", GatewayProfile::Caddy),
    ("/authz/envoy", GatewayProfile::Envoy),
    ("/authz/envoy/", GatewayProfile::Envoy),
    ("/authz/envoy/{*path}", GatewayProfile::Envoy),
];
const INTROSPECT: &str = "/oauth2/introspect";
const JWKS: &str = "/.well-known/jwks.json";
const METADATA: &str = "/.well-known/oauth-authorization-server";
const METADATA_OF_ORGANIZATION: &str = "/.well-known/oauth-authorization-server/organizations/{id}";

/// The route by which a gateway asks at this path, and its profile.
pub(crate) fn authz_route(path: &str) -> Option<(&'static str, GatewayProfile)> {
    path.starts_with(AUTHZ_PLAIN).then(|| AUTHZ.into_iter().find(|(route, _)| *route == path)).flatten()
}

/// The patterns of all routes here, for the metrics.
pub(crate) fn routes<'a>() -> impl Iterator<Item = &'a str> {
    let others = [envoy::CHECK, INTROSPECT, JWKS, METADATA, METADATA_OF_ORGANIZATION];
    AUTHZ.into_iter().map(|(path, _)| path).chain(others)
}

/// Whether a route is called as often as the services behind the gateways are: what is let through is not logged.
pub(crate) fn is_busy(route: &str) -> bool {
    route.starts_with("/authz") || route == envoy::CHECK
}

/// All routes.
pub(crate) fn router() -> Router<Arc<App>> {
    let asking = |profile| -> MethodRouter<Arc<App>> {
        any(move |app: SharedApp, request: Request| authz::authz(profile, app, request))
    };
    let add = |router: Router<Arc<App>>, (path, profile)| router.route(path, asking(profile));
    AUTHZ
        .into_iter()
        .fold(Router::new(), add)
        .route(envoy::CHECK, post(envoy::check))
        .route(INTROSPECT, post(introspection::introspect))
        .route(JWKS, get(jwks::jwks))
        .route(METADATA, get(metadata::of_server))
        .route(METADATA_OF_ORGANIZATION, get(metadata::of_organization))
}

/// Who tells the failures of requests to a path.
pub(crate) fn teller(path: &str) -> Option<Teller> {
    path.starts_with("/oauth2/").then_some(oauth::tell as Teller)
}
