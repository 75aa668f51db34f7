//! Look at one key.

use keywright_domain::KeyId;

use super::TAG;
use super::object::ApiKey;
use crate::app::SharedApp;
use crate::http::{Answer, Caller, Envelope, NoQuery, PathId, ReadFailures, Success};

/// Get an API key
///
/// Revoked keys stay readable. Needs `apiKey.read`; without `apiKey.manage` another owner's key is 404.
#[utoipa::path(
    get,
    path = "/v1/api-keys/{id}",
    operation_id = "getApiKey",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The key's id.")),
    responses((status = 200, description = "The key.", body = Envelope<ApiKey>), ReadFailures),
)]
pub(super) async fn get(
    app: SharedApp,
    Caller(actor): Caller,
    PathId(id): PathId<KeyId>,
    _: NoQuery,
) -> Answer<ApiKey> {
    let key = app.engine.key(&actor, id).await?;
    Ok(Success(ApiKey::of(key, &app.engine)))
}
