//! Make an offline token.

use axum::extract::Request;
use keywright_engine::TokenDraft;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::TAG;
use crate::app::SharedApp;
use crate::http::{Answer, Caller, ChangeFailures, Envelope, Success, parse};
use crate::native::wire::Time;

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MakeToken {
    /// How long it lasts, in seconds; no longer than the key, or the secret that the request is made with.
    #[schema(value_type = u64, minimum = 1, maximum = 3600, example = 300)]
    ttl_seconds: Option<u64>,
    /// Whom it is for: `aud`.
    #[schema(min_length = 1, max_length = 255, example = "https://api.example.com")]
    audience: Option<String>,
    /// What it allows, one by one: no patterns. Left out: all that the key may do, if that is no pattern either.
    #[schema(max_items = 256, example = json!(["asset.read"]))]
    permissions: Option<Vec<String>>,
}

/// A token. It is shown this once, and not stored.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Token {
    /// The token, to be sent as `Authorization: Bearer` to services that trust this server's keys.
    #[schema(
        example = "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCIsImtpZCI6Ii4uLiJ9.eyJpc3MiOiIuLi4ifQ.c2lnbmF0dXJl"
    )]
    token: String,
    expires_at: Time,
}

/// Make an offline token
///
/// A short-lived JSON Web Token (`EdDSA`) that says what the presented key may do, for services that check it by
/// `/.well-known/jwks.json` and never ask here. Any key may ask, for itself; a session has none and gets 403. The token is
/// no wider and lasts no longer than the key. **Revoking the key does not reach a token that was made before:** keep them
/// short, or have them introspected. A token is no credential at this API. A key with an `ipAllowlist`, `rateLimits` or
/// `credits` gets one only where the organization's `tokensForRestrictedKeys` is set.
#[utoipa::path(
    post,
    path = "/v1/api-keys/tokens",
    operation_id = "makeToken",
    tag = TAG,
    request_body(
        content = MakeToken,
        example = json!({"ttlSeconds": 300, "audience": "https://api.example.com", "permissions": ["asset.read"]}),
    ),
    responses((status = 200, description = "The token.", body = Envelope<Token>), ChangeFailures),
)]
pub(super) async fn tokens(app: SharedApp, request: Request) -> Answer<Token> {
    let (parts, body) = request.into_parts();
    let (actor, bytes) = Caller::with_json(&parts, body, &app).await?;
    let wanted: MakeToken = parse(&bytes)?;
    let draft = TokenDraft {
        ttl_seconds: wanted.ttl_seconds,
        audience: wanted.audience,
        permissions: wanted.permissions,
    };
    let issued = app.engine.issue_token(&actor, &draft, &app.issuer)?;
    Ok(Success(Token { token: issued.token.expose().to_owned(), expires_at: issued.expires_at.into() }))
}
