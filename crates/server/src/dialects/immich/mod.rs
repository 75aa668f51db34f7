//! `/api`: the API keys of the photo server Immich, line 1.137, with the neighbouring routes that its clients call first.
//!
//! Sessions and keys of one organization, the one that `dialects.immich.organization` names. A caller reaches the keys of
//! their own alone. docs/dialects/immich.md says what differs and why.

mod api_keys;
mod asset_statistics;
mod auth;
mod caller;
mod correlation;
mod credentials;
mod failure;
mod fields;
mod onboarding;
mod organization;
mod routes;
mod server;
mod strays;
mod users;

pub(super) use failure::tell;
pub(super) use routes::{ROUTES, router};

/// Whether a path is this dialect's, also one that no route takes.
pub(super) fn speaks_at(path: &str) -> bool {
    path.strip_prefix("/api").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::speaks_at;

    #[test]
    fn it_speaks_below_its_own_path_alone() {
        for path in ["/api", "/api/", "/api/api-keys", "/api/no/such"] {
            assert!(speaks_at(path), "{path}");
        }
        for path in ["/", "/api_keys", "/apiary", "/v1/api-keys", "/.well-known/immich"] {
            assert!(!speaks_at(path), "{path}");
        }
    }
}
