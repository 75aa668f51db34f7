//! Which path and method is answered by what.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{any, get, post};

use super::{api_keys, asset_statistics, auth, correlation, onboarding, server, strays, users};
use crate::app::App;

/// The patterns of the routes, for the metrics.
pub(in crate::dialects) const ROUTES: [&str; 16] = [
    "/api/api-keys",
    "/api/api-keys/me",
    "/api/api-keys/{id}",
    "/api/auth/admin-sign-up",
    "/api/auth/login",
    "/api/auth/logout",
    "/api/auth/validateToken",
    "/api/auth/change-password",
    "/api/admin/users",
    "/api/users/me",
    "/api/system-metadata/admin-onboarding",
    "/api/server/ping",
    "/api/server/version",
    "/api/server/media-types",
    "/api/assets/statistics",
    "/.well-known/immich",
];

/// All routes. A path below `/api` that none of them takes is answered in this dialect too, and so is a method that a path
/// does not take: that system knows no 405.
pub(in crate::dialects) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/api/api-keys", get(api_keys::list).post(api_keys::create))
        .route("/api/api-keys/me", get(api_keys::me))
        .route("/api/api-keys/{id}", get(api_keys::get).put(api_keys::update).delete(api_keys::delete))
        .route("/api/auth/admin-sign-up", post(auth::sign_up))
        .route("/api/auth/login", post(auth::login))
        .route("/api/auth/logout", post(auth::logout))
        .route("/api/auth/validateToken", post(auth::validate_token))
        .route("/api/auth/change-password", post(auth::change_password))
        .route("/api/admin/users", post(users::create))
        .route("/api/users/me", get(users::me))
        .route("/api/system-metadata/admin-onboarding", post(onboarding::update))
        .route("/api/server/ping", get(server::ping))
        .route("/api/server/version", get(server::version))
        .route("/api/server/media-types", get(server::media_types))
        .route("/api/assets/statistics", get(asset_statistics::show))
        .route("/api", any(strays::unknown_route))
        .route("/api/", any(strays::unknown_route))
        .route("/api/{*rest}", any(strays::unknown_route))
        .method_not_allowed_fallback(strays::unknown_route)
        .layer(from_fn(correlation::correlate))
        .route("/.well-known/immich", get(server::well_known))
}
