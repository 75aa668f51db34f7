//! Delete a service account.

use keywright_domain::ServiceAccountId;

use super::TAG;
use crate::app::SharedApp;
use crate::http::{
    BareMutation, ChangeFailures, Emptied, EmptyEnvelope, Failure, IdempotencyParameter, PathId,
};

/// Delete a service account
///
/// When this is answered, its keys are revoked. Needs `serviceAccount.delete`.
#[utoipa::path(
    delete,
    path = "/v1/service-accounts/{id}",
    operation_id = "deleteServiceAccount",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The service account's id."), IdempotencyParameter),
    responses((status = 200, description = "It is gone.", body = EmptyEnvelope), ChangeFailures),
)]
pub(super) async fn delete(
    app: SharedApp,
    PathId(id): PathId<ServiceAccountId>,
    BareMutation(actor): BareMutation,
) -> Result<Emptied, Failure> {
    app.engine.delete_service_account(&actor, id).await?;
    Ok(Emptied)
}
