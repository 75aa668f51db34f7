//! Delete a role.

use keywright_domain::RoleId;

use super::TAG;
use crate::app::SharedApp;
use crate::http::{
    BareMutation, ChangeFailures, Emptied, EmptyEnvelope, Failure, IdempotencyParameter, PathId,
};

/// Delete a role
///
/// Keys that have it lose its permissions at the same moment. Needs `role.delete`.
#[utoipa::path(
    delete,
    path = "/v1/roles/{id}",
    operation_id = "deleteRole",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The role's id."), IdempotencyParameter),
    responses((status = 200, description = "It is gone.", body = EmptyEnvelope), ChangeFailures),
)]
pub(super) async fn delete(
    app: SharedApp,
    PathId(id): PathId<RoleId>,
    BareMutation(actor): BareMutation,
) -> Result<Emptied, Failure> {
    app.engine.delete_role(&actor, id).await?;
    Ok(Emptied)
}
