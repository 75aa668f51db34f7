//! Disable a service account.

use keywright_domain::ServiceAccountId;

use super::{ServiceAccount, TAG};
use crate::app::SharedApp;
use crate::http::{Answer, BareMutation, ChangeFailures, Envelope, IdempotencyParameter, PathId, Success};

/// Disable a service account
///
/// When this is answered, its keys are refused as DISABLED, until it is enabled again. One that is so already stays as it is. Needs `serviceAccount.update`.
#[utoipa::path(
    post,
    path = "/v1/service-accounts/{id}/disable",
    operation_id = "disableServiceAccount",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The service account's id."), IdempotencyParameter),
    responses((status = 200, description = "The service account as it is now.", body = Envelope<ServiceAccount>), ChangeFailures),
)]
pub(super) async fn disable(
    app: SharedApp,
    PathId(id): PathId<ServiceAccountId>,
    BareMutation(actor): BareMutation,
) -> Answer<ServiceAccount> {
    Ok(Success(app.engine.set_service_account_enabled(&actor, id, false).await?.into()))
}
