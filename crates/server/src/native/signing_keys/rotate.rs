//! Make another signing key.

use serde::Deserialize;
use utoipa::ToSchema;

use super::TAG;
use super::object::SigningKeys;
use crate::app::SharedApp;
use crate::http::{Answer, ChangeFailures, Envelope, IdempotencyParameter, Mutation, Success};

/// How to rotate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateSigningKeys {
    /// Whether the new key signs at once and every earlier one is forgotten at once: for when one may have leaked. Tokens
    /// that were signed before then fail wherever the published keys are fetched anew. Left out: `false`.
    #[schema(example = false)]
    withdraw: Option<bool>,
}

/// Rotate the signing key
///
/// The server does this by itself every 90 days. The new key is published at once and signs an hour later, when everybody
/// who keeps the published keys has fetched it; the old one stays published until its last token has ended. 409 while a
/// new key is waiting already, unless `withdraw`. For callers of the first organization with `organization.update`.
#[utoipa::path(
    post,
    path = "/v1/signing-keys/rotate",
    operation_id = "rotateSigningKeys",
    tag = TAG,
    params(IdempotencyParameter),
    request_body(content = RotateSigningKeys, example = json!({})),
    responses((status = 200, description = "The signing keys.", body = Envelope<SigningKeys>), ChangeFailures),
)]
pub(super) async fn rotate(app: SharedApp, change: Mutation<RotateSigningKeys>) -> Answer<SigningKeys> {
    let withdraw = change.body.withdraw.unwrap_or(false);
    Ok(Success(app.engine.rotate_signing_keys(&change.actor, withdraw).await?.into()))
}
