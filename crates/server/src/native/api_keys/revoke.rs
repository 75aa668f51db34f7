//! Revoke a key.

use keywright_domain::KeyId;

use super::TAG;
use crate::app::SharedApp;
use crate::http::{
    BareMutation, ChangeFailures, Emptied, EmptyEnvelope, Failure, IdempotencyParameter, PathId,
};

/// Revoke an API key
///
/// For good: when this is answered, nobody accepts the key any more. The record stays readable with `revokedAt`. Revoking
/// a revoked key changes nothing. Needs `apiKey.delete`; for another owner's key `apiKey.manage` too.
#[utoipa::path(
    delete,
    path = "/v1/api-keys/{id}",
    operation_id = "revokeApiKey",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The key's id."), IdempotencyParameter),
    responses((status = 200, description = "It is revoked.", body = EmptyEnvelope), ChangeFailures),
)]
pub(super) async fn revoke(
    app: SharedApp,
    PathId(id): PathId<KeyId>,
    BareMutation(actor): BareMutation,
) -> Result<Emptied, Failure> {
    app.engine.revoke_key(&actor, id).await?;
    Ok(Emptied)
}
