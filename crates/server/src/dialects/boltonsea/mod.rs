//! `/api_keys` and `/organizations`: the API keys of `BoltonSea`.
//!
//! Documented there are the paths, the header, the verbs, the fields of requests and the statuses; the names of the
//! answered fields and the shape of errors are ours. docs/dialects/boltonsea.md says what differs and why.

mod api_keys;
mod failure;
mod organizations;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

pub(super) use failure::tell;

use crate::app::App;

/// The patterns of the routes.
pub(super) const ROUTES: [&str; 4] =
    ["/api_keys", "/api_keys/{key_id}", "/organizations", "/organizations/{organization_id}"];

/// All routes.
pub(super) fn router() -> Router<Arc<App>> {
    let [keys, key, organizations, organization] = ROUTES;
    Router::new()
        .route(keys, get(api_keys::list).post(api_keys::create))
        .route(key, get(api_keys::get).delete(api_keys::delete))
        .route(organizations, get(organizations::list).post(organizations::create).put(organizations::update))
        .route(organization, get(organizations::get).delete(organizations::delete))
}

/// Whether a path is this dialect's, also one that no route takes.
pub(super) fn speaks_at(path: &str) -> bool {
    ["/api_keys", "/organizations"]
        .into_iter()
        .any(|root| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_speaks_below_its_own_paths_alone() {
        for path in ROUTES.into_iter().chain(["/api_keys/", "/api_keys/1/x", "/organizations//"]) {
            assert!(speaks_at(path), "{path}");
        }
        for path in ["/", "/v1/organizations", "/api_keysx", "/api", "/api/api-keys", "/organization"] {
            assert!(!speaks_at(path), "{path}");
        }
    }
}
