//! `/console`: the way to a first key, and then what there is at a glance.

mod first_key;
mod overview;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use keywright_domain::Right;
use keywright_engine::{Actor, Engine, Error, KeyFilter, Paging};
use keywright_store::KeyListing;

use super::page::failed;
use super::visitor::Visitor;
use crate::app::{App, SharedApp};
pub(super) use crate::http::base_url;

/// Keys that are shown, the newest.
const NEWEST: u32 = 5;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route(super::HOME, get(show).post(first_key::submit))
}

/// `GET`
async fn show(app: SharedApp, visitor: Visitor, headers: HeaderMap) -> Response {
    let newest = match newest_keys(&app.engine, &visitor.actor).await {
        Ok(newest) => newest,
        Err(error) => return failed(&error.into()),
    };
    // The key that the server makes at its first start is nobody's beginning.
    let has_begun = newest.iter().any(|listing| listing.key.created_by.is_some());
    if has_begun || !visitor.actor.has(Right::ApiKeyCreate) {
        overview::show(&app, visitor, newest).await
    } else {
        first_key::show(&app, visitor, &headers)
    }
}

async fn newest_keys(engine: &Engine, actor: &Actor) -> Result<Vec<KeyListing>, Error> {
    let paging = Paging { limit: Some(NEWEST), ..Paging::default() };
    Ok(engine.keys(actor, KeyFilter::default(), &paging).await?.items)
}
