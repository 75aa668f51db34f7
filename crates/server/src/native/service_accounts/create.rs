//! Make a service account.

use keywright_engine::ServiceAccountDraft;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{ServiceAccount, TAG};
use crate::app::SharedApp;
use crate::http::{Answer, ChangeFailures, Envelope, IdempotencyParameter, Mutation, Object, Success};
use crate::native::wire::{RateLimit, to_domain};

/// A service account to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateServiceAccount {
    /// Unique in the organization.
    #[schema(value_type = String, min_length = 1, max_length = 255, example = "nightly export")]
    name: Option<String>,
    #[schema(max_length = 2000)]
    description: Option<String>,
    /// What its keys may do at most. Left out: nothing.
    #[schema(max_items = 256, example = json!(["invoice.read"]))]
    permissions: Option<Vec<String>>,
    /// How often all of its keys together may be used. A use is counted on these and on the key's own, or on none.
    #[serde(rename = "rateLimits")]
    #[schema(value_type = Option<Vec<RateLimit>>, max_items = 8)]
    rate_limits: Option<Vec<Object<RateLimit>>>,
}

/// Create a service account
///
/// Needs `serviceAccount.create`, and all that the account may do.
#[utoipa::path(
    post,
    path = "/v1/service-accounts",
    operation_id = "createServiceAccount",
    tag = TAG,
    params(IdempotencyParameter),
    request_body(content = CreateServiceAccount, example = json!({"name": "nightly export", "permissions": ["invoice.read"]})),
    responses(
        (
            status = 200,
            description = "The service account.",
            body = Envelope<ServiceAccount>,
            example = json!({
                "code": 200, "message": "success", "requestId": "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10",
                "data": {
                    "id": "0193f2a1-8d10-7c3a-b1a4-6f0e2d9c5b72",
                    "organizationId": "0193f2a1-0000-7000-8000-000000000001", "name": "nightly export",
                    "permissions": ["invoice.read"], "status": "active",
                    "createdBy": "0193f2a1-0000-7000-8000-000000000002",
                    "createdAt": "2026-11-21T09:30:00.000Z", "updatedAt": "2026-11-21T09:30:00.000Z",
                },
            }),
        ),
        ChangeFailures,
    ),
)]
pub(super) async fn create(app: SharedApp, change: Mutation<CreateServiceAccount>) -> Answer<ServiceAccount> {
    let CreateServiceAccount { name, description, permissions, rate_limits } = change.body;
    let draft =
        ServiceAccountDraft { name, description, permissions, rate_limits: rate_limits.map(to_domain) };
    let account = app.engine.create_service_account(&change.actor, draft).await?;
    Ok(Success(account.into()))
}
