//! Give a key a new secret.

use keywright_domain::KeyId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::TAG;
use super::object::IssuedApiKey;
use crate::app::SharedApp;
use crate::http::{Answer, ChangeFailures, Envelope, IdempotencyParameter, Mutation, PathId, Success};

/// How to rotate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RotateKey {
    /// How long the present secret goes on working, in seconds, at most 30 days. 0, and left out: every earlier secret is
    /// REVOKED at once.
    #[schema(minimum = 0, maximum = 2_592_000, example = 3600)]
    overlap_seconds: Option<u64>,
}

/// Rotate an API key
///
/// A new secret for the same id: permissions, limits and history stay. The old secret works until the overlap ends; at
/// most two work at a time. `data.key` is the new secret, shown this once. Needs `apiKey.update` and all that the key may
/// do, since handing out a secret grants it; for another owner's key `apiKey.manage` too.
#[utoipa::path(
    post,
    path = "/v1/api-keys/{id}/rotate",
    operation_id = "rotateApiKey",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The key's id."), IdempotencyParameter),
    request_body(content = RotateKey, example = json!({"overlapSeconds": 3600})),
    responses((status = 200, description = "The key, with its new secret.", body = Envelope<IssuedApiKey>), ChangeFailures),
)]
pub(super) async fn rotate(
    app: SharedApp,
    PathId(id): PathId<KeyId>,
    change: Mutation<RotateKey>,
) -> Answer<IssuedApiKey> {
    let overlap_seconds = change.body.overlap_seconds.unwrap_or(0);
    let issued = app.engine.rotate_key(&change.actor, id, overlap_seconds).await?;
    Ok(Success(IssuedApiKey::of(issued, &app.engine)))
}
