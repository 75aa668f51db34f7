//! Declare a permission.

use keywright_engine::{Declared, PermissionDraft};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::TAG;
use super::object::PermissionObject;
use crate::app::SharedApp;
use crate::http::{Answer, ChangeFailures, Envelope, IdempotencyParameter, Mutation, Success};
use crate::native::wire::Verb;

/// A permission to be declared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DeclarePermission {
    /// One permission, `resource.action`, and no pattern.
    #[schema(value_type = String, min_length = 1, max_length = 128, example = "invoice.send")]
    name: Option<String>,
    /// Left out: by the last segment, as for a permission that is not declared.
    #[schema(value_type = Option<Verb>)]
    verb: Option<String>,
    #[schema(max_length = 2000, example = "Send an invoice to its customer")]
    description: Option<String>,
    /// Answer what it would come to, and change nothing.
    dry_run: Option<bool>,
}

/// A permission that was declared, or would be.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeclaredPermission {
    #[serde(flatten)]
    permission: PermissionObject,
    /// How many keys gain or lose the permission by that, revoked ones aside.
    #[schema(example = 3)]
    keys_touched: u64,
}

/// Declare a permission
///
/// Tells its verb and what it is for; one that is declared already is changed. Its verb decides which keys have it, so this
/// needs the permission itself with every verb, besides `catalogue.create`, or `catalogue.update` where it exists.
/// `dryRun` answers how many keys that touches, and changes nothing.
#[utoipa::path(
    post,
    path = "/v1/permissions",
    operation_id = "declarePermission",
    tag = TAG,
    params(IdempotencyParameter),
    request_body(content = DeclarePermission, example = json!({"name": "invoice.send", "verb": "CREATE"})),
    responses((status = 200, description = "The permission.", body = Envelope<DeclaredPermission>), ChangeFailures),
)]
pub(super) async fn declare(
    app: SharedApp,
    change: Mutation<DeclarePermission>,
) -> Answer<DeclaredPermission> {
    let DeclarePermission { name, verb, description, dry_run } = change.body;
    let draft = PermissionDraft { name, verb, description };
    let declared = if dry_run == Some(true) {
        app.engine.preview_permission(&change.actor, draft).await?
    } else {
        app.engine.declare_permission(&change.actor, draft).await?
    };
    let Declared { permission, keys_touched } = declared;
    Ok(Success(DeclaredPermission { permission: permission.into(), keys_touched }))
}
