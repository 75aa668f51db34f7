//! `ANY /authz` and its profiles: the HTTP gateways ask here about each request that reaches them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};

use super::denied::Denied;
use super::headers::{self, REASON};
use super::origin::Origin;
use super::profile::GatewayProfile;
use super::query::{self, Question};
use super::question::{Allowed, Asked};
use super::routing::path;
use super::settings::{GatewaySettings, Statuses};
use crate::app::App;
use crate::http::{Failure, Work, taken};

/// Revoked means revoked: an answer that a gateway keeps would outlive the key.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Answers a gateway. The body, if somebody sends one, is not looked at and not waited for.
pub(super) async fn authz(
    profile: GatewayProfile,
    State(app): State<Arc<App>>,
    request: Request,
) -> Response {
    let (mut parts, _body) = request.into_parts();
    match authz_at_once(profile, &app, &mut parts) {
        Work::Done(response) => response,
        Work::Waits(waiting) => waiting.await,
    }
}

/// The same without a future, where memory alone answers.
pub(crate) fn authz_at_once(profile: GatewayProfile, app: &Arc<App>, parts: &mut Parts) -> Work {
    let current = app.settings.reloadable.current();
    let (origin, settings) = (Origin::of_http(&parts.headers, &current.proxies), &current.gateways);
    let mut statuses = settings.statuses(profile);
    let answer = match asked(profile, parts, origin, &mut statuses) {
        Ok(asked) => asked.answer_at_once(&app.engine, settings),
        Err(denied) => Some(Err(denied)),
    };
    if let Some(answer) = answer {
        return Work::Done(told(app, profile, settings, answer, statuses));
    }
    let (app, parts, settings) = (Arc::clone(app), taken(parts), settings.clone());
    Work::Waits(Box::pin(async move {
        let answer = match asked(profile, &parts, origin, &mut statuses) {
            Ok(asked) => asked.answer(&app.engine, &settings).await,
            Err(denied) => Err(denied),
        };
        told(&app, profile, &settings, answer, statuses)
    }))
}

/// What a gateway asks; `statuses` become those that it asks to be answered with.
fn asked<'a>(
    profile: GatewayProfile,
    parts: &'a Parts,
    origin: Origin,
    statuses: &mut Statuses,
) -> Result<Asked<'a, HeaderMap>, Box<Denied>> {
    let asked = Asked {
        profile,
        question: question(profile, &parts.uri)?,
        original: profile
            .original(parts.method.as_str(), &parts.uri, &parts.headers)
            .map_err(|problem| Denied::misconfigured(problem.words()))?,
        headers: &parts.headers,
        origin,
    };
    *statuses = asked.question.statuses.unwrap_or(*statuses);
    let asked_by_client = |target| {
        let query = path::query_of(target).filter(|query| !query.is_empty());
        profile.has_own_query() && query.is_some() && query == parts.uri.query().map(str::as_bytes)
    };
    if asked.original.is_some_and(|original| asked_by_client(original.target)) {
        return Err(Denied::misconfigured(
            "the gateway hands the client's own query on as its question: give the question's URL a query of its \
             own, if only an empty one, as the recipe does"
                .to_owned(),
        ));
    }
    Ok(asked)
}

fn told(
    app: &App,
    profile: GatewayProfile,
    settings: &GatewaySettings,
    answer: Result<Allowed, Box<Denied>>,
    statuses: Statuses,
) -> Response {
    match answer {
        Ok(allowed) => allow(app, &allowed),
        Err(denied) => deny(app, profile, settings, denied, statuses),
    }
}

/// What the administrator wrote, where the query is theirs.
fn question(profile: GatewayProfile, uri: &Uri) -> Result<Question<'_>, Box<Denied>> {
    match uri.query() {
        Some(query) if profile.has_own_query() => {
            query::read(query).map_err(|misspelt| Denied::misconfigured(misspelt.words()))
        }
        _ => Ok(Question::default()),
    }
}

fn allow(app: &App, allowed: &Allowed) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    // Who it is, and the request's id: room for six. For more it is so much that it is not kept at hand when it is freed.
    headers.reserve(6);
    headers.insert(CACHE_CONTROL, NO_STORE);
    let mut put = |name, value| {
        headers.insert(name, value);
    };
    if let Some(key) = &allowed.key {
        headers::identity(key, allowed.with_permissions, &mut put);
    }
    if !allowed.rate_limits.is_empty() {
        headers::rate_limits(&allowed.rate_limits, app.engine.now(), put);
    }
    response
}

fn deny(
    app: &App,
    profile: GatewayProfile,
    settings: &GatewaySettings,
    denied: Box<Denied>,
    statuses: Statuses,
) -> Response {
    settings.complain(profile, &denied, app.engine.now());
    let status = match statuses {
        Statuses::Nginx if denied.status != StatusCode::UNAUTHORIZED => StatusCode::FORBIDDEN,
        _ => denied.status,
    };
    let mut response = Failure::new(status, denied.message).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.insert(REASON, HeaderValue::from_static(denied.reason));
    if let Some(challenge) = denied.challenge.and_then(|text| HeaderValue::from_str(&text).ok()) {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    if let Some(seconds) = denied.retry_after_seconds {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    headers::rate_limits(&denied.rate_limits, app.engine.now(), |name, value| {
        headers.insert(name, value);
    });
    response
}
