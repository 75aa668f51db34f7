//! One service account, found for whoever looks, and how many of its keys work.

use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::{Right, ServiceAccountId};
use keywright_engine::{Actor, Engine, Error};
use keywright_store::{KeyOwner, ServiceAccount};

use crate::app::App;
use crate::console::page::{failed, message};
use crate::console::visitor::Visitor;

/// The service account with this id in an address.
pub(super) async fn find(app: &App, visitor: &Visitor, id: &str) -> Result<ServiceAccount, Response> {
    let not_there = || {
        let said = "It may have been deleted.";
        message(StatusCode::NOT_FOUND, "Service account not found", said)
    };
    let Ok(id) = id.parse::<ServiceAccountId>() else { return Err(not_there()) };
    match app.engine.service_account(&visitor.actor, id).await {
        Ok(account) => Ok(account),
        Err(Error::NotFound { .. }) => Err(not_there()),
        Err(error) => Err(failed(&error.into())),
    }
}

/// How many of its keys work, counted up to `at_most`; `None` for whoever may not see them.
pub(super) async fn working_keys(
    engine: &Engine,
    actor: &Actor,
    account: &ServiceAccount,
    at_most: u32,
) -> Result<Option<u64>, Error> {
    if !(actor.has(Right::ApiKeyRead) && actor.has(Right::ApiKeyManage)) {
        return Ok(None);
    }
    engine.count_keys_in_force(actor, KeyOwner::ServiceAccount(account.id), at_most).await.map(Some)
}

/// Keys are counted up to this where it is about to be said what becomes of them.
pub(super) const COUNTED: u32 = 10_000;

/// So many keys, where they are not counted further than that.
pub(super) fn keys_in_words(count: u64) -> String {
    match count {
        more if more >= u64::from(COUNTED) => format!("{more}+"),
        some => some.to_string(),
    }
}
