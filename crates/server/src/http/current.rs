//! The request that is being answered.

use std::cell::{Cell, OnceCell};
use std::net::IpAddr;

use axum::extract::MatchedPath;
use axum::response::Response;
use keywright_domain::KeyId;
use keywright_engine::{Actor, Engine, PendingRequest};

use super::failure::Failure;
use super::request_id::RequestId;

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

pub(super) struct Current {
    id: RequestId,
    peer: Option<IpAddr>,
    route: Option<Route>,
    teller: Option<Teller>,
    key: Cell<Option<KeyId>>,
    /// Its entry in the request log, if it is to have one. Few have: it takes no room where there is none.
    logged: Cell<Option<Box<PendingRequest>>>,
    correlation_id: OnceCell<String>,
}

/// What was noted of a request by the time it is answered.
pub(super) struct Noted {
    /// The key that the caller showed.
    pub(super) key: Option<KeyId>,
    /// Its entry in the request log, if it is to have one.
    pub(super) logged: Option<Box<PendingRequest>>,
}

impl Current {
    /// The request `id` from `peer` on `route`, whose failures `teller` writes down.
    pub(super) fn new(
        id: RequestId,
        peer: Option<IpAddr>,
        route: Option<Route>,
        teller: Option<Teller>,
    ) -> Self {
        let (key, logged) = (Cell::new(None), Cell::new(None));
        Self { id, peer, route, teller, key, logged, correlation_id: OnceCell::new() }
    }

    /// Runs `work` as the answering of this request; tells its output and what was noted meanwhile.
    pub(super) async fn while_waiting<F: Future>(self, work: F) -> (F::Output, Noted) {
        let answering = async {
            let output = work.await;
            (output, CURRENT.with(Self::noted))
        };
        CURRENT.scope(self, answering).await
    }

    /// The same with work that waits for nothing.
    pub(super) fn at_once<T>(self, work: impl FnOnce() -> T) -> (T, Noted) {
        CURRENT.sync_scope(self, || {
            let output = work();
            (output, CURRENT.with(Self::noted))
        })
    }

    /// This request once more, of which something was noted already.
    pub(super) fn going_on(self, noted: Noted) -> Self {
        Self { key: Cell::new(noted.key), logged: Cell::new(noted.logged), ..self }
    }

    fn noted(&self) -> Noted {
        Noted { key: self.key.get(), logged: self.logged.take() }
    }
}

/// The id of the request; an empty one outside of any.
pub(crate) fn request_id() -> RequestId {
    CURRENT.try_with(|current| current.id).unwrap_or(RequestId::none())
}

/// Work that goes on as part of this request when its answer has begun.
pub(crate) fn as_part_of_it<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let of =
        |current: &Current| Current::new(current.id, current.peer, current.route.clone(), current.teller);
    let current = CURRENT.try_with(of).ok();
    async move {
        match current {
            Some(current) => CURRENT.scope(current, work).await,
            None => work.await,
        }
    }
}

/// Whom the request's connection comes from. `None`: it is not known.
pub(crate) fn peer() -> Option<IpAddr> {
    CURRENT.try_with(|current| current.peer).ok().flatten()
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
            current.logged.set(engine.begin_request(actor, path).map(Box::new));
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
    let of = |current: &Current| {
        current.correlation_id.get().map_or_else(|| current.id.as_str().to_owned(), String::clone)
    };
    CURRENT.try_with(of).unwrap_or_default()
}
