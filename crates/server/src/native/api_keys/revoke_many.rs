//! Revoke all keys that match.

use keywright_engine::RevokeFilter;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::TAG;
use crate::app::SharedApp;
use crate::http::{
    Answer, ChangeFailures, Envelope, Failure, IdempotencyParameter, Mutation, Object, Success,
};
use crate::native::wire::Time;

/// Which keys to revoke.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RevokeMany {
    #[schema(value_type = Filter)]
    filter: Option<Object<Filter>>,
    /// Only count them.
    dry_run: Option<bool>,
}

/// Every condition that is given must hold; at least one is needed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = RevokeFilter, min_properties = 1)]
pub(crate) struct Filter {
    /// Made for this customer.
    #[schema(min_length = 1, max_length = 255, example = "customer_4711")]
    external_id: Option<String>,
    /// Owned by this service account.
    #[schema(value_type = Option<uuid::Uuid>)]
    service_account_id: Option<String>,
    /// Owned by this person.
    #[schema(value_type = Option<uuid::Uuid>)]
    user_id: Option<String>,
    /// Made before this time.
    #[schema(value_type = Option<Time>, inline)]
    created_before: Option<String>,
    /// Among these.
    #[schema(value_type = Option<Vec<uuid::Uuid>>, max_items = 1000)]
    ids: Option<Vec<String>>,
}

/// How many keys matched.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Revoked {
    /// Keys that this call revoked, or would revoke. Keys that were revoked before do not count.
    #[schema(example = 12)]
    count: u64,
    /// Whether they were only counted.
    dry_run: bool,
}

/// Revoke all API keys that match
///
/// When this is answered, nobody accepts any of them any more. With `dryRun` nothing is revoked and the count is told.
/// Once begun, the revocation of very many goes on when the connection is lost: send it again to learn that it is through.
/// Needs `apiKey.manage`.
#[utoipa::path(
    post,
    path = "/v1/api-keys/revoke",
    operation_id = "revokeApiKeys",
    tag = TAG,
    params(IdempotencyParameter),
    request_body(content = RevokeMany, example = json!({"filter": {"externalId": "customer_4711"}, "dryRun": true})),
    responses(
        (
            status = 200,
            description = "How many.",
            body = Envelope<Revoked>,
            example = json!({
                "code": 200, "message": "success", "requestId": "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10",
                "data": {"count": 12, "dryRun": true},
            }),
        ),
        ChangeFailures,
    ),
)]
pub(super) async fn revoke_many(app: SharedApp, change: Mutation<RevokeMany>) -> Answer<Revoked> {
    let Some(Object(filter)) = change.body.filter else {
        return Err(Failure::invalid("filter", "is required"));
    };
    let filter = RevokeFilter {
        external_id: filter.external_id,
        service_account: filter.service_account_id,
        user: filter.user_id,
        created_before: filter.created_before,
        ids: filter.ids,
    };
    let dry_run = change.body.dry_run.unwrap_or(false);
    let count = app.engine.revoke_keys(&change.actor, filter, dry_run).await?;
    Ok(Success(Revoked { count, dry_run }))
}
