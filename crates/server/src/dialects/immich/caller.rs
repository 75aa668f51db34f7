//! Who calls, and what their request needs.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use keywright_domain::{KeyId, PresentedKey};
use keywright_engine::{Actor, Error};
use percent_encoding::percent_decode_str;

use super::credentials::{self, Shown};
use super::failure::{forbidden, unauthorized};
use super::fields::Fields;
use super::organization;
use crate::app::App;
use crate::http::{Failure, check_same_origin, client, look_again_after, note_caller, note_refused};

/// A request of an authenticated caller. Its handler asks first what the caller may, and only then what was sent: a
/// refusal comes before any word about the body.
pub(super) struct Asked {
    /// The caller, under this dialect's rules.
    pub(super) actor: Actor,
    app: Arc<App>,
    parts: Parts,
    body: Body,
}

impl FromRequest<Arc<App>> for Asked {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let actor = authenticate(app, &parts).await?;
        Ok(Self { actor, app: Arc::clone(app), parts, body })
    }
}

impl Asked {
    /// Refuses a key that does not hold a permission.
    pub(super) fn require(&self, permission: &str) -> Result<(), Failure> {
        let is_held = self.actor.key_id().is_none() || self.actor.holds(permission);
        if is_held { Ok(()) } else { Err(missing(permission)) }
    }

    /// Refuses a key that was not given `all`: what a route needs that names no permission.
    pub(super) fn require_all(&self) -> Result<(), Failure> {
        if self.actor.was_given_all() { Ok(()) } else { Err(missing("all")) }
    }

    /// Refuses who does not administer the organization.
    pub(super) fn require_admin(&self) -> Result<(), Failure> {
        if self.actor.is_admin() { Ok(()) } else { Err(forbidden("Forbidden")) }
    }

    /// The id that ends the path.
    pub(super) fn key_id(&self) -> Result<KeyId, Failure> {
        let last = self.parts.uri.path().rsplit('/').next().unwrap_or_default();
        let text = percent_decode_str(last).decode_utf8_lossy();
        text.parse().map_err(|_| Failure::invalid("id", "must be a UUID"))
    }

    /// What the body says. The engine decides by what the credential is worth when it has come in.
    pub(super) async fn fields(self) -> Result<(Actor, Fields), Failure> {
        let Self { actor, app, parts, body } = self;
        let reading = Fields::read(&parts.headers, body);
        look_again_after(actor, reading, || authenticate(&app, &parts)).await
    }
}

fn missing(permission: &str) -> Failure {
    forbidden(format!("Missing required permission: {permission}"))
}

async fn authenticate(app: &App, parts: &Parts) -> Result<Actor, Failure> {
    let organization = organization::of(app)?.to_string();
    let origin = client(app, parts);
    let (found, refusal) = match credentials::find(parts) {
        Shown::Nothing => return Err(unauthorized("Authentication required")),
        Shown::Key(key) => {
            let key = PresentedKey::new(&key);
            let found = app.engine.authenticate_key(key, Some(&organization), origin);
            (found.inspect_err(|error| note_refused(app, parts, key, error)), "Invalid API key")
        }
        Shown::SessionCookie(token) => {
            check_same_origin(&parts.method, &parts.uri, &parts.headers, &app.settings)?;
            let found = app.engine.authenticate_session(&token, Some(&organization), origin).await;
            (found, "Invalid user token")
        }
        Shown::Session(token) => {
            let found = app.engine.authenticate_session(&token, Some(&organization), origin).await;
            (found, "Invalid user token")
        }
    };
    let actor = found.map_err(|error| match error {
        // Another organization's key or member is nobody to this one.
        Error::Unauthenticated(_) | Error::Forbidden { .. } => unauthorized(refusal),
        other => other.into(),
    })?;
    note_caller(&app.engine, &actor, parts.uri.path());
    Ok(actor.under_immich_rules())
}
