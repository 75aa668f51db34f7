//! Who calls.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use bytes::Bytes;
use keywright_domain::PresentedKey;
use keywright_engine::{Actor, Error, Origin, RefusedRequest, Unauthenticated};

use super::body::{check_whole_json, read_json};
use super::cookie::Cookie;
use super::credentials::{self, Shown};
use super::current::Route;
use super::failure::Failure;
use super::second_look::look_again_after;
use super::{NoQuery, check_same_origin, client_address, current, key_in_url};
use crate::app::App;

const NAMED_ORGANIZATION: HeaderName = HeaderName::from_static("x-org-id");

/// An authenticated caller.
#[derive(Debug)]
pub(crate) struct Caller(pub(crate) Actor);

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        authenticate(app, parts).await.map(Self)
    }
}

impl Caller {
    /// Authenticates, then reads a JSON body.
    pub(crate) async fn with_json(
        parts: &Parts,
        body: Body,
        app: &Arc<App>,
    ) -> Result<(Actor, Bytes), Failure> {
        let actor = authenticate(app, parts).await?;
        NoQuery::check(&parts.uri)?;
        look_again_after(actor, read_json(&parts.headers, body), || authenticate(app, parts)).await
    }

    /// The same with a body that is there. `None`: the caller is in a session, which has to be looked up.
    pub(crate) fn with_whole_json(parts: &Parts, body: &Bytes, app: &App) -> Result<Option<Actor>, Failure> {
        let actor = match credentials::find(&parts.headers, &app.settings)? {
            Shown::Nothing => return Err(nobody(parts)),
            Shown::Key(key) => key_caller(app, parts, key)?,
            Shown::Session(_) => return Ok(None),
        };
        NoQuery::check(&parts.uri)?;
        check_whole_json(&parts.headers, body)?;
        Ok(Some(actor))
    }
}

/// Why a request without a credential is refused.
fn nobody(parts: &Parts) -> Failure {
    match key_in_url::check_is_not_meant_as_credential(&parts.uri) {
        Ok(()) => Error::Unauthenticated(Unauthenticated::Missing).into(),
        Err(failure) => failure,
    }
}

async fn authenticate(app: &App, parts: &Parts) -> Result<Actor, Failure> {
    match credentials::find(&parts.headers, &app.settings)? {
        Shown::Nothing => Err(nobody(parts)),
        Shown::Key(key) => key_caller(app, parts, key),
        Shown::Session(token) => {
            let organization = named_organization(&parts.headers)?;
            check_same_origin(&parts.method, &parts.uri, &parts.headers, &app.settings)?;
            // In memory of its own: keys, which are let in at once, are not to carry the room that it takes.
            let session = app.engine.authenticate_session(token, organization, client(app, parts));
            Ok(Box::pin(session).await?)
        }
    }
}

/// The bearer of a key, wherever in the request it stands.
pub(crate) fn key_caller(app: &App, parts: &Parts, key: &str) -> Result<Actor, Failure> {
    let organization = named_organization(&parts.headers)?;
    let presented = PresentedKey::new(key);
    let actor = match app.engine.authenticate_key(presented, organization, client(app, parts)) {
        Ok(actor) => actor,
        Err(error) => {
            note_refused(app, parts, presented, &error);
            return Err(error.into());
        }
    };
    current::note_caller(&app.engine, &actor, parts.uri.path());
    Ok(actor)
}

/// Notes that a key which is known was refused.
pub(crate) fn note_refused(app: &App, parts: &Parts, key: PresentedKey<'_>, error: &Error) {
    let route = current::route();
    let route = route.as_ref().map(Route::pattern);
    let (method, path, origin) = (parts.method.as_str(), parts.uri.path(), &client(app, parts));
    app.engine.note_refused(error, &RefusedRequest { key, method, path, route, origin });
}

/// The key that a request shows in a header of its own, for where no session counts.
pub(crate) fn presented_key<'a>(app: &App, headers: &'a HeaderMap) -> Result<Option<&'a str>, Failure> {
    match credentials::find(headers, &app.settings)? {
        Shown::Key(key) => Ok(Some(key)),
        Shown::Nothing | Shown::Session(_) => Ok(None),
    }
}

/// Whether a request shows no credential at all.
pub(crate) fn is_anonymous(app: &App, headers: &HeaderMap) -> Result<bool, Failure> {
    Ok(credentials::find(headers, &app.settings)? == Shown::Nothing)
}

/// The person whose browser this is, if somebody is signed in, in the organization that they chose; for pages, which take
/// no keys.
pub(crate) async fn session_caller(app: &App, parts: &Parts) -> Result<Option<Actor>, Failure> {
    let Some(token) = shown_session(app, &parts.headers) else { return Ok(None) };
    let chosen = Cookie::Organization.find(&parts.headers, &app.settings);
    let mut outcome = app.engine.authenticate_session(token, chosen, client(app, parts)).await;
    if chosen.is_some() && matches!(outcome, Err(Error::Forbidden { .. })) {
        // They left the organization that they had chosen, or it was closed: another of theirs does.
        outcome = app.engine.authenticate_session(token, None, client(app, parts)).await;
    }
    match outcome {
        Ok(actor) => Ok(Some(actor)),
        Err(Error::Unauthenticated(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The token of the session that a browser shows, in force or not.
pub(crate) fn shown_session<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
    Cookie::Session.find(headers, &app.settings)
}

/// Where a request comes from.
pub(crate) fn client(app: &App, parts: &Parts) -> Origin {
    let agent = parts.headers.get(USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let proxies = &app.settings.reloadable.current().proxies;
    let address = client_address(current::peer(), &parts.headers, proxies);
    Origin::new(address, agent.as_deref(), Some(current::request_id().as_str().to_owned()))
}

fn named_organization(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    let mut values = headers.get_all(NAMED_ORGANIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Failure::invalid("X-Org-ID", "is given more than once"));
    }
    let text = value.to_str().map(str::trim).ok().filter(|text| !text.is_empty());
    text.map(Some).ok_or_else(|| Failure::invalid("X-Org-ID", "must be an organization's id or number"))
}
