//! `GET /api_keys`: the caller's keys.

use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::KeyFilter;

use super::object::ApiKey;
use crate::app::SharedApp;
use crate::dialects::boltonsea::everything::Everything;
use crate::http::{Caller, Failure, NoQuery, json};

/// 200 with an array, newest first, of the keys of the person or service account behind the credential, whatever else it
/// may reach; revoked ones are in no list. Needs READ.
pub(crate) async fn list(app: SharedApp, Caller(actor): Caller, _: NoQuery) -> Result<Response, Failure> {
    let actor = actor.with_own_keys_only();
    let mut keys = Everything::new();
    while let Some(page) = keys.next_page() {
        let filter = KeyFilter { live_only: true, ..KeyFilter::default() };
        keys.add(app.engine.keys(&actor, filter, &page).await?);
    }
    Ok(json(StatusCode::OK, &keys.render(|key| ApiKey::of(key, &actor))))
}
