//! `DELETE /api_keys/{key_id}`: revoke one key.

use axum::http::StatusCode;

use crate::app::SharedApp;
use crate::dialects::boltonsea::wire::PathInteger;
use crate::http::{BareMutation, Failure};

/// 204, and the key does not work any more; 404 for one that is unknown, revoked or somebody else's. Needs DELETE.
pub(crate) async fn delete(
    app: SharedApp,
    BareMutation(actor): BareMutation,
    PathInteger(number): PathInteger,
) -> Result<StatusCode, Failure> {
    app.engine.revoke_key_numbered(&actor.with_own_keys_only(), number).await?;
    Ok(StatusCode::NO_CONTENT)
}
