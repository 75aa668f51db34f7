//! List signing keys.

use super::TAG;
use super::object::SigningKeys;
use crate::app::SharedApp;
use crate::http::{Answer, Caller, Envelope, NoQuery, ReadFailures, Success};

/// List signing keys
///
/// They are the server's own: for callers of its first organization, with `organization.read` or `organization.update`.
#[utoipa::path(
    get,
    path = "/v1/signing-keys",
    operation_id = "listSigningKeys",
    tag = TAG,
    responses((status = 200, description = "The signing keys.", body = Envelope<SigningKeys>), ReadFailures),
)]
pub(super) async fn list(app: SharedApp, Caller(actor): Caller, _: NoQuery) -> Answer<SigningKeys> {
    Ok(Success(app.engine.signing_keys(&actor)?.into()))
}
