//! Change a role.

use keywright_domain::RoleId;
use keywright_engine::RolePatch;
use serde::Deserialize;
use utoipa::ToSchema;

use super::TAG;
use super::object::Role;
use crate::app::SharedApp;
use crate::http::{Answer, ChangeFailures, Envelope, IdempotencyParameter, Mutation, PathId, Success};
use crate::native::wire::Patch;

/// How a role is to change. A field that is left out stays as it is; `null` clears it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateRole {
    #[serde(default)]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 255)]
    name: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 256)]
    permissions: Patch<Vec<String>>,
}

/// Change a role
///
/// Keys that have it follow at the same moment. Needs `role.update`; its permissions become less, or stay within the
/// caller's.
#[utoipa::path(
    patch,
    path = "/v1/roles/{id}",
    operation_id = "updateRole",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The role's id."), IdempotencyParameter),
    request_body(content = UpdateRole, example = json!({"permissions": ["invoice.read", "invoice.list"]})),
    responses((status = 200, description = "The role as it is now.", body = Envelope<Role>), ChangeFailures),
)]
pub(super) async fn update(
    app: SharedApp,
    PathId(id): PathId<RoleId>,
    change: Mutation<UpdateRole>,
) -> Answer<Role> {
    let UpdateRole { name, description, permissions } = change.body;
    let patch = RolePatch {
        name: name.0,
        description: description.0,
        permissions: permissions.0,
        unchanged_since: None,
    };
    let role = app.engine.update_role(&change.actor, id, patch).await?;
    Ok(Success(role.into()))
}
