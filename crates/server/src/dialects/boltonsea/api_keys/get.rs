//! `GET /api_keys/{key_id}`: look at one key.

use axum::http::StatusCode;
use axum::response::Response;

use super::object::ApiKey;
use crate::app::SharedApp;
use crate::dialects::boltonsea::wire::PathInteger;
use crate::http::{Caller, Failure, NoQuery, json};

/// 200 with one of the caller's keys; 404 for one that is unknown, revoked or somebody else's. Needs READ.
pub(crate) async fn get(
    app: SharedApp,
    Caller(actor): Caller,
    PathInteger(number): PathInteger,
    _: NoQuery,
) -> Result<Response, Failure> {
    let actor = actor.with_own_keys_only();
    let key = app.engine.key_numbered(&actor, number).await?;
    Ok(json(StatusCode::OK, &ApiKey::of(key, &actor)))
}
