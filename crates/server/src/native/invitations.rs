//! `/v1/invitations/accept`: joining an organization.

use std::sync::Arc;

use axum::extract::{FromRequestParts as _, Request};
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Response};
use keywright_engine::NewPerson;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::members::Member;
use super::sessions::Session;
use crate::app::{App, SharedApp};
use crate::http::{
    Caller, ChangeFailures, Envelope, Failure, NoQuery, Success, client, is_anonymous, parse,
    read_anonymous_json, set_session,
};

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(accept))
}

/// An invitation to be accepted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptInvitation {
    /// As it was handed over by who invited.
    #[schema(max_length = 256, example = "mJ2XbT0m1n5hQ8yq0dHkS3v7u9w2x4z6A8C1E3G5I7K")]
    token: String,
    /// For a person who is new on this server: what they want to be called.
    #[schema(max_length = 255, example = "Ada Lovelace")]
    name: Option<String>,
    /// For a person who is new on this server: the password they choose.
    #[schema(min_length = 8, max_length = 256, format = Password)]
    password: Option<String>,
}

/// A membership that has begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct AcceptedInvitation {
    member: Member,
    /// The session of a person who is new on this server. Its token is in the cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<Session>,
}

/// Accept an invitation
///
/// The membership begins. A person who is known on this server already must be signed in; one who is new chooses a password
/// and is signed in by this. The token works once.
#[utoipa::path(
    post,
    path = "/v1/invitations/accept",
    operation_id = "acceptInvitation",
    tag = "Members",
    security((), ("session" = [])),
    request_body(content = AcceptInvitation, example = json!({"token": "mJ2XbT0m1n5hQ8yq0dHkS3v7u9w2x4z6A8C1E3G5I7K"})),
    responses((status = 200, description = "The membership has begun.", body = Envelope<AcceptedInvitation>), ChangeFailures),
)]
async fn accept(app: SharedApp, request: Request) -> Result<Response, Failure> {
    let (mut parts, body) = request.into_parts();
    NoQuery::check(&parts.uri)?;
    let caller = if is_anonymous(&app, &parts.headers)? {
        None
    } else {
        Some(Caller::from_request_parts(&mut parts, &app).await?.0)
    };
    let bytes = read_anonymous_json(&parts.headers, body).await?;
    let AcceptInvitation { token, name, password } = parse(&bytes)?;
    let new_person = password.map(|password| NewPerson { name, password });
    let accepted =
        app.engine.accept_invitation(&token, new_person, caller.as_ref(), client(&app, &parts)).await?;
    let cookie = accepted.signed_in.as_ref().map(|signed_in| {
        set_session(signed_in.token.expose(), signed_in.expires_at, app.engine.now(), &app.settings)
    });
    let answer =
        AcceptedInvitation { member: accepted.member.into(), session: accepted.signed_in.map(Session::from) };
    let mut response = Success(answer).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(response)
}
