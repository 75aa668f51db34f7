//! `POST /oauth2/introspect`: is this key, or this token of one, in force, and what does it allow (RFC 7662)?

mod client;
mod form;

use axum::extract::Request;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use keywright_domain::{KeyId, OrganizationId};
use keywright_engine::{ActiveToken, IntrospectRequest};
use serde::Serialize;

use self::form::Question;
use crate::app::{App, SharedApp};
use crate::http::{Failure, NoQuery, json, look_again_after};

/// What may be used instead of a bearer token.
const BASIC: HeaderValue = HeaderValue::from_static("Basic realm=\"keywright\"");

/// The whole answer about what is not in force: not even the reason is told.
#[derive(Serialize)]
struct Inactive {
    active: bool,
}

/// The answer about what is in force (section 2.2).
#[derive(Serialize)]
struct InForce<'a> {
    active: bool,
    scope: String,
    client_id: KeyId,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    sub: KeyId,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
    iss: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<&'a str>,
    org: OrganizationId,
}

/// Answers.
pub(super) async fn introspect(app: SharedApp, request: Request) -> Response {
    match answer(&app, request).await {
        Ok(response) => response,
        Err(failure) => refuse(failure),
    }
}

async fn answer(app: &App, request: Request) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let actor = client::authenticate(app, &parts)?;
    // A token in a URL is a token in every log on the way.
    NoQuery::check(&parts.uri)?;
    let again = || async { client::authenticate(app, &parts) };
    let (actor, question) = look_again_after(actor, Question::read(&parts.headers, body), again).await?;
    let request = IntrospectRequest { token: &question.token, address: question.address };
    let active = app.engine.introspect(&actor, &request, &app.issuer)?;
    Ok(match &active {
        Some(active) => json(StatusCode::OK, &InForce::from(active)),
        None => json(StatusCode::OK, &Inactive { active: false }),
    })
}

/// Who may not ask is answered 401, also for want of a permission (section 2.3).
fn refuse(failure: Failure) -> Response {
    let mut response = failure.into_response();
    if response.status() == StatusCode::FORBIDDEN {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().append(WWW_AUTHENTICATE, BASIC);
    }
    response
}

impl<'a> From<&'a ActiveToken> for InForce<'a> {
    fn from(token: &'a ActiveToken) -> Self {
        Self {
            active: true,
            scope: token.scope.join(" "),
            client_id: token.key,
            username: token.external_id.as_deref(),
            token_type: "Bearer",
            exp: token.expires_at,
            iat: token.issued_at,
            nbf: token.not_before,
            sub: token.key,
            aud: token.audience.as_deref(),
            iss: &token.issuer,
            jti: token.token_id.as_deref(),
            org: token.organization,
        }
    }
}
