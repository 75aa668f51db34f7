//! The key that asks.

use super::TAG;
use super::object::ApiKey;
use crate::app::SharedApp;
use crate::http::{Answer, Caller, Envelope, NoQuery, ReadFailures, Success};

/// Get the presented API key
///
/// What the key that this request is made with is. Any key may ask; a session has none and gets 403.
#[utoipa::path(
    get,
    path = "/v1/api-keys/self",
    operation_id = "getOwnApiKey",
    tag = TAG,
    responses((status = 200, description = "The key.", body = Envelope<ApiKey>), ReadFailures),
)]
pub(super) async fn current(app: SharedApp, Caller(actor): Caller, _: NoQuery) -> Answer<ApiKey> {
    let key = app.engine.own_key(&actor).await?;
    Ok(Success(ApiKey::of(key, &app.engine)))
}
