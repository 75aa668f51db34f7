//! Look at one role.

use keywright_domain::RoleId;

use super::TAG;
use super::object::Role;
use crate::app::SharedApp;
use crate::http::{Answer, Caller, Envelope, NoQuery, PathId, ReadFailures, Success};

/// Get a role
///
/// Needs `role.read`.
#[utoipa::path(
    get,
    path = "/v1/roles/{id}",
    operation_id = "getRole",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The role's id.")),
    responses((status = 200, description = "The role.", body = Envelope<Role>), ReadFailures),
)]
pub(super) async fn get(
    app: SharedApp,
    Caller(actor): Caller,
    PathId(id): PathId<RoleId>,
    _: NoQuery,
) -> Answer<Role> {
    Ok(Success(app.engine.role(&actor, id).await?.into()))
}
