//! Change a service account.

use keywright_domain::ServiceAccountId;
use keywright_engine::ServiceAccountPatch;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{ServiceAccount, TAG};
use crate::app::SharedApp;
use crate::http::{
    Answer, ChangeFailures, Envelope, IdempotencyParameter, Mutation, Object, PathId, Success,
};
use crate::native::wire::{Patch, RateLimit, to_domain};

/// How a service account is to change. A field that is left out stays as it is; `null` clears it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateServiceAccount {
    #[serde(default)]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 255)]
    name: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 256)]
    permissions: Patch<Vec<String>>,
    #[serde(default, rename = "rateLimits")]
    #[schema(value_type = Option<Vec<RateLimit>>, max_items = 8)]
    rate_limits: Patch<Vec<Object<RateLimit>>>,
}

/// Change a service account
///
/// Its keys follow at the same moment. Needs `serviceAccount.update`; its permissions become less, or stay within the
/// caller's. Other limits need all that the account may do, and are never changed by a key of its own (403).
#[utoipa::path(
    patch,
    path = "/v1/service-accounts/{id}",
    operation_id = "updateServiceAccount",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The service account's id."), IdempotencyParameter),
    request_body(content = UpdateServiceAccount, example = json!({"permissions": ["invoice.read", "invoice.list"]})),
    responses((status = 200, description = "The service account as it is now.", body = Envelope<ServiceAccount>), ChangeFailures),
)]
pub(super) async fn update(
    app: SharedApp,
    PathId(id): PathId<ServiceAccountId>,
    change: Mutation<UpdateServiceAccount>,
) -> Answer<ServiceAccount> {
    let UpdateServiceAccount { name, description, permissions, rate_limits } = change.body;
    let patch = ServiceAccountPatch {
        name: name.0,
        description: description.0,
        permissions: permissions.0,
        rate_limits: rate_limits.map(to_domain),
    };
    let account = app.engine.update_service_account(&change.actor, id, patch).await?;
    Ok(Success(account.into()))
}
