//! Who looks at a page, or sends a form of it.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use keywright_engine::{Actor, Paging};

use super::fields::Fields;
use super::page::{failed, go_to, message, see};
use super::password::must_change;
use super::shell::{Section, Shell};
use crate::app::App;
use crate::http::{Failure, session_caller, shown_session};

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
            Ok(None) => return Err(go_to_login(app, parts)),
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
            let said = "You switched organizations after opening this form. Nothing was changed.";
            return Err(message(StatusCode::CONFLICT, "Different organization", said));
        }
        Ok(Self { visitor, fields, parts })
    }
}

/// To where one signs in, and from there back to where one was.
///
/// A form that was sent cannot be sent again from there; the part of the console that it belongs to can be looked at.
fn go_to_login(app: &App, parts: &Parts) -> Response {
    let was_read = parts.method == Method::GET;
    let back = if was_read {
        parts.uri.path_and_query().map(PathAndQuery::as_str).unwrap_or_default()
    } else {
        Section::of(parts.uri.path())
    };
    let mut query = Vec::new();
    if !back.is_empty() && back != super::HOME {
        query.push(("next", back));
    }
    if !was_read {
        query.push(("told", "unsent"));
    } else if shown_session(app, &parts.headers).is_some() {
        query.push(("told", "ended"));
    }
    let query = serde_urlencoded::to_string(query).unwrap_or_default();
    let to = if query.is_empty() { super::LOGIN.to_owned() } else { format!("{}?{query}", super::LOGIN) };
    // A script that asked for a part of a page would put the page to sign in into it: it is told to go there instead.
    if parts.headers.contains_key("hx-request")
        && let Ok(location) = HeaderValue::try_from(&to)
    {
        return (StatusCode::UNAUTHORIZED, [("hx-redirect", location)]).into_response();
    }
    see(&to)
}
