//! Declare a permission.

use keywright_engine::PermissionDraft;
use serde::Deserialize;
use utoipa::ToSchema;

use super::TAG;
use super::object::PermissionObject;
use crate::app::SharedApp;
use crate::http::{Answer, ChangeFailures, Envelope, IdempotencyParameter, Mutation, Success};
use crate::native::wire::Verb;

/// A permission to be declared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeclarePermission {
    /// One permission, `resource.action`, and no pattern.
    #[schema(value_type = String, min_length = 1, max_length = 128, example = "invoice.send")]
    name: Option<String>,
    /// Left out: by the last segment, as for a permission that is not declared.
    #[schema(value_type = Option<Verb>)]
    verb: Option<String>,
    #[schema(max_length = 2000, example = "Send an invoice to its customer")]
    description: Option<String>,
}

/// Declare a permission
///
/// Tells its verb and what it is for; one that is declared already is changed. Its verb decides which keys have it, so this
/// needs the permission itself with every verb, besides `catalogue.create`, or `catalogue.update` where it exists.
#[utoipa::path(
    post,
    path = "/v1/permissions",
    operation_id = "declarePermission",
    tag = TAG,
    params(IdempotencyParameter),
    request_body(content = DeclarePermission, example = json!({"name": "invoice.send", "verb": "CREATE"})),
    responses((status = 200, description = "The permission.", body = Envelope<PermissionObject>), ChangeFailures),
)]
pub(super) async fn declare(app: SharedApp, change: Mutation<DeclarePermission>) -> Answer<PermissionObject> {
    let DeclarePermission { name, verb, description } = change.body;
    let draft = PermissionDraft { name, verb, description };
    Ok(Success(app.engine.declare_permission(&change.actor, draft).await?.into()))
}
