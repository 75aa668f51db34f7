//! `/v1`: the native API. One action, one file: what it takes, what it does, how it is documented.

mod api_keys;
mod audit_events;
mod invitations;
mod members;
mod organizations;
mod permissions;
mod portal_sessions;
mod roles;
mod service_accounts;
mod sessions;
mod signing_keys;
mod usage;
mod whoami;
mod wire;

pub(crate) use api_keys::{VERIFY, verify_at_once};
pub(crate) use audit_events::AuditEvent;
use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// All routes, with their descriptions.
pub(crate) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .merge(api_keys::router())
        .merge(service_accounts::router())
        .merge(organizations::router())
        .merge(members::router())
        .merge(roles::router())
        .merge(permissions::router())
        .merge(portal_sessions::router())
        .merge(audit_events::router())
        .merge(usage::router())
        .merge(whoami::router())
        .merge(sessions::router())
        .merge(signing_keys::router())
        .merge(invitations::router())
}
