//! Change what is left of a key's credits.

use keywright_domain::KeyId;
use keywright_engine::CreditsPatch;
use serde::Deserialize;
use utoipa::ToSchema;

use super::TAG;
use crate::app::SharedApp;
use crate::http::{Answer, ChangeFailures, Envelope, IdempotencyParameter, Mutation, PathId, Success};
use crate::native::wire::Credits;

/// How credits are to change: either of these.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, max_properties = 1)]
pub(crate) struct ChangeCredits {
    /// So many more.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64, example = 500)]
    add: Option<u64>,
    /// So many are left.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    set: Option<u64>,
}

/// Add to an API key's credits, or set them
///
/// In force when this is answered. Send an `Idempotency-Key` with `add`: a request that is repeated because its answer was
/// lost then adds once. A key without credits is 409: give it some with `PATCH /v1/api-keys/{id}`. Needs `apiKey.update` and
/// all that the key may do; for another owner's key `apiKey.manage` too. A key that itself has limits or credits needs
/// `apiKey.manage` in any case.
#[utoipa::path(
    post,
    path = "/v1/api-keys/{id}/credits",
    operation_id = "changeApiKeyCredits",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The key's id."), IdempotencyParameter),
    request_body(content = ChangeCredits, example = json!({"add": 500})),
    responses((status = 200, description = "The key's credits as they are now.", body = Envelope<Credits>), ChangeFailures),
)]
pub(super) async fn credits(
    app: SharedApp,
    PathId(id): PathId<KeyId>,
    change: Mutation<ChangeCredits>,
) -> Answer<Credits> {
    let ChangeCredits { add, set } = change.body;
    let budget = app.engine.change_credits(&change.actor, id, CreditsPatch { add, set }).await?;
    Ok(Success(budget.into()))
}
