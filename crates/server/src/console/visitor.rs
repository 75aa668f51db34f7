//! Who looks at a page, or sends a form of it.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use keywright_engine::{Actor, Paging};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::fields::Fields;
use super::page::{failed, go_to, message};
use super::password::must_change;
use super::shell::Shell;
use crate::app::App;
use crate::http::{Failure, session_caller};

/// Somebody who is signed in, in the organization that they chose.
pub(super) struct Visitor {
    pub(super) actor: Actor,
    pub(super) shell: Shell,
}

impl Visitor {
    /// Finds out who it is; whoever is not signed in is sent to do that, and back here afterwards.
    async fn find(app: &App, parts: &Parts) -> Result<Self, Response> {
        let actor = match session_caller(app, parts).await {
            Ok(Some(actor)) => actor,
            Ok(None) => return Err(go_to_login(parts)),
            Err(failure) => return Err(failed(&failure)),
        };
        if must_change(&actor) {
            return Err(go_to("/console/password"));
        }
        let who = app.engine.whoami(&actor).await.map_err(|error| failed(&error.into()))?;
        let organizations = match app.engine.organizations(&actor, &Paging::whole()).await {
            Ok(listing) => listing.items,
            Err(_may_not) => Vec::new(),
        };
        let shell = Shell::new(&actor, who, organizations);
        Ok(Self { actor, shell })
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        Self::find(app, parts).await
    }
}

/// A form of one of our pages, and who sent it.
pub(super) struct Submitted {
    pub(super) visitor: Visitor,
    pub(super) fields: Fields,
    pub(super) parts: Parts,
}

impl Submitted {
    /// Whoever sent it, to be answered once: a form that is sent again is answered as it was the first time.
    pub(super) fn answered_once(&self, app: &App) -> Result<Actor, Failure> {
        let (actor, written) = (self.visitor.actor.clone(), self.fields.written());
        let (path, once) = (self.parts.uri.path(), self.fields.text("once"));
        Ok(app.engine.with_idempotency(actor, "POST", path, once, written.as_bytes())?)
    }
}

impl FromRequest<Arc<App>> for Submitted {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        let (parts, fields) =
            super::form::read_fields(app, request).await.map_err(|failure| failed(&failure))?;
        // Looked at after the body has come in: what took its time must not outlive the session.
        let visitor = Visitor::find(app, &parts).await?;
        // In another window one may have turned to another organization, or been removed from this one: what a form asks
        // for is done in the organization that it was shown for, or not at all.
        if fields.text("organization") != visitor.shell.number.to_string() {
            let said = "You are in another organization now than when this form was shown. Nothing was done.";
            return Err(message(StatusCode::CONFLICT, "That was another organization", said));
        }
        Ok(Self { visitor, fields, parts })
    }
}

fn go_to_login(parts: &Parts) -> Response {
    // A form that was sent cannot be sent again from there; the page that it stood on can be looked at again.
    let back = if parts.method == Method::GET { parts.uri.path_and_query() } else { None };
    let Some(back) = back.filter(|back| back.path() != super::HOME) else { return go_to(super::LOGIN) };
    let to = format!("{}?next={}", super::LOGIN, utf8_percent_encode(back.as_str(), NON_ALPHANUMERIC));
    let Ok(location) = HeaderValue::try_from(to) else { return go_to(super::LOGIN) };
    let headers = [(LOCATION, location), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}
