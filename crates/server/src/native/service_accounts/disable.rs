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
    responses(
        (
            status = 200,
            description = "The service account as it is now.",
            body = Envelope<ServiceAccount>,
            example = json!({
                "code": 200, "message": "success", "requestId": "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10",
                "data": {
                    "id": "0193f2a1-8d10-7c3a-b1a4-6f0e2d9c5b72", "name": "nightly export",
                    "permissions": ["invoice.read"], "organizationId": "0193f2a1-0000-7000-8000-000000000001",
                    "status": "disabled", "disabledAt": "2026-11-21T10:30:00.000Z",
                    "createdBy": "0193f2a1-0000-7000-8000-000000000002",
                    "createdAt": "2026-11-21T09:30:00.000Z", "updatedAt": "2026-11-21T10:30:00.000Z",
                },
            }),
        ),
        ChangeFailures,
    ),
)]
pub(super) async fn disable(
    app: SharedApp,
    PathId(id): PathId<ServiceAccountId>,
    BareMutation(actor): BareMutation,
) -> Answer<ServiceAccount> {
    Ok(Success(app.engine.set_service_account_enabled(&actor, id, false).await?.into()))
}
