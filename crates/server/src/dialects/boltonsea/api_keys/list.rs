//! `GET /api_keys`: the caller's keys.

use axum::response::Response;

use super::object::ApiKey;
use crate::app::SharedApp;
use crate::dialects::whole_list::all_keys;
use crate::http::{Caller, Failure, NoQuery};

/// 200 with an array, newest first, of the keys of the person or service account behind the credential, whatever else it
/// may reach; revoked ones are in no list. Needs READ.
pub(crate) async fn list(app: SharedApp, Caller(actor): Caller, _: NoQuery) -> Result<Response, Failure> {
    let actor = actor.with_own_keys_only();
    let caller = actor.clone();
    Ok(all_keys(app, actor, move |key| ApiKey::of(key, &caller)).await?)
}
