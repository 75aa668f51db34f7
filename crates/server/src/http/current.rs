//! The request that is being answered.

use std::cell::{Cell, OnceCell};

use axum::extract::MatchedPath;
use axum::response::Response;
use keywright_domain::KeyId;
use keywright_engine::{Actor, Engine, PendingRequest};

use super::failure::Failure;

/// Writes a failure down in a dialect's own shape. The status is the failure's; headers that HTTP itself asks for are
/// added by who calls it.
pub(crate) type Teller = fn(&Failure) -> Response;

/// The pattern that a request's path matches.
#[derive(Debug, Clone)]
pub(crate) enum Route {
    /// One that is answered before any route is looked up.
    Shortcut(&'static str),
    /// One that the router found.
    Found(MatchedPath),
}

impl Route {
    /// As it is written where routes are.
    pub(crate) fn pattern(&self) -> &str {
        match self {
            Self::Shortcut(pattern) => pattern,
            Self::Found(found) => found.as_str(),
        }
    }
}

tokio::task_local! {
    // Answers are rendered where no request is at hand (an extractor's refusal, `IntoResponse`), so what they need of the
    // request travels with its task.
    static CURRENT: Current;
}

struct Current {
    id: String,
    route: Option<Route>,
    teller: Option<Teller>,
    key: Cell<Option<KeyId>>,
    /// Its entry in the request log, if it is to have one.
    logged: Cell<Option<PendingRequest>>,
    correlation_id: OnceCell<String>,
}

/// What was noted of a request by the time it is answered.
pub(super) struct Noted {
    /// The key that the caller showed.
    pub(super) key: Option<KeyId>,
    /// Its entry in the request log, if it is to have one.
    pub(super) logged: Option<PendingRequest>,
}

/// Runs `work` as the answering of the request `id` on `route`, whose failures `teller` writes down; tells its output and
/// what was noted meanwhile.
pub(super) async fn within<F: Future>(
    id: String,
    route: Option<Route>,
    teller: Option<Teller>,
    work: F,
) -> (F::Output, Noted) {
    let answering = async {
        let output = work.await;
        let noted = |current: &Current| Noted { key: current.key.get(), logged: current.logged.take() };
        (output, CURRENT.with(noted))
    };
    let (key, logged) = (Cell::new(None), Cell::new(None));
    let current = Current { id, route, teller, key, logged, correlation_id: OnceCell::new() };
    CURRENT.scope(current, answering).await
}

/// The id of the request; an empty one outside of any.
pub(crate) fn request_id() -> String {
    CURRENT.try_with(|current| current.id.clone()).unwrap_or_default()
}

/// The pattern that the request's path matches, if it is any route's.
pub(super) fn route() -> Option<Route> {
    CURRENT.try_with(|current| current.route.clone()).ok().flatten()
}

/// Who writes down the failures of the request; `None`: they are told in the native API's envelope.
pub(super) fn teller() -> Option<Teller> {
    CURRENT.try_with(|current| current.teller).ok().flatten()
}

/// Notes the key that the caller showed, if one was, for the logs.
pub(crate) fn note_caller(engine: &Engine, actor: &Actor, path: &str) {
    let Some(key) = actor.key_id() else { return };
    // Outside of any request there is no log to note it for. Who is looked at again is the same caller still.
    let _ = CURRENT.try_with(|current| {
        if current.key.replace(Some(key)).is_none() {
            current.logged.set(engine.begin_request(actor, path));
        }
    });
}

/// Notes the name that the caller gave the request, in a dialect where callers do that.
pub(crate) fn note_correlation_id(given: &str) {
    // The first one stays: a request is named once. Outside of any request there is nothing to name.
    let _ = CURRENT.try_with(|current| current.correlation_id.set(given.to_owned()).is_ok());
}

/// The name that the caller gave the request; else the request's id.
pub(crate) fn correlation_id() -> String {
    let of = |current: &Current| current.correlation_id.get().unwrap_or(&current.id).clone();
    CURRENT.try_with(of).unwrap_or_default()
}
