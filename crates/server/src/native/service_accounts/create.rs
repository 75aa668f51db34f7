//! Make a service account.

use keywright_engine::ServiceAccountDraft;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{ServiceAccount, TAG};
use crate::app::SharedApp;
use crate::http::{Answer, ChangeFailures, Envelope, IdempotencyParameter, Mutation, Success};

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
    #[schema(max_items = 512, example = json!(["invoice.read"]))]
    permissions: Option<Vec<String>>,
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
    responses((status = 200, description = "The service account.", body = Envelope<ServiceAccount>), ChangeFailures),
)]
pub(super) async fn create(app: SharedApp, change: Mutation<CreateServiceAccount>) -> Answer<ServiceAccount> {
    let CreateServiceAccount { name, description, permissions } = change.body;
    let draft = ServiceAccountDraft { name, description, permissions };
    let account = app.engine.create_service_account(&change.actor, draft).await?;
    Ok(Success(account.into()))
}
