//! Sign in.

use axum::extract::Request;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Session, TAG};
use crate::app::SharedApp;
use crate::http::{
    ChangeFailures, Envelope, Failure, NoQuery, Success, client, parse, read_anonymous_json, set_session,
};

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    #[schema(max_length = 254, example = "ada@example.com")]
    email: String,
    #[schema(max_length = 256, format = Password)]
    password: String,
}

/// Sign in
///
/// Begins a session: its token comes as the cookie `keywright_session`, out of the reach of scripts; where the server is reached
/// by HTTPS, as `__Host-keywright_session`. Attempts that fail are slowed down, by person and by address.
#[utoipa::path(
    post,
    path = "/v1/sessions",
    operation_id = "signIn",
    tag = TAG,
    security(()),
    request_body(content = SignIn, example = json!({"email": "ada@example.com", "password": "correct horse battery staple"})),
    responses(
        (
            status = 200,
            description = "The session has begun.",
            body = Envelope<Session>,
            headers(("Set-Cookie" = String, description = "The session's token.")),
        ),
        ChangeFailures,
    ),
)]
pub(super) async fn sign_in(app: SharedApp, request: Request) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    NoQuery::check(&parts.uri)?;
    let bytes = read_anonymous_json(&parts.headers, body).await?;
    let SignIn { email, password } = parse(&bytes)?;
    let signed_in = app.engine.sign_in(&email, &password, client(&app, &parts)).await?;
    let cookie = set_session(signed_in.token.expose(), signed_in.expires_at, app.engine.now(), &app.settings);
    Ok(([(SET_COOKIE, cookie)], Success(Session::from(signed_in))).into_response())
}
