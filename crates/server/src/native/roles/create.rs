//! Make a role.

use keywright_engine::RoleDraft;
use serde::Deserialize;
use utoipa::ToSchema;

use super::TAG;
use super::object::Role;
use crate::app::SharedApp;
use crate::http::{Answer, ChangeFailures, Envelope, IdempotencyParameter, Mutation, Success};

/// A role to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateRole {
    /// Unique in the organization.
    #[schema(value_type = String, min_length = 1, max_length = 255, example = "bookkeeping")]
    name: Option<String>,
    #[schema(max_length = 2000)]
    description: Option<String>,
    /// What keys with it may do besides what they were granted. Left out: nothing.
    #[schema(max_items = 256, example = json!(["invoice.read"]))]
    permissions: Option<Vec<String>>,
}

/// Create a role
///
/// Needs `role.create`, and all that the role grants.
#[utoipa::path(
    post,
    path = "/v1/roles",
    operation_id = "createRole",
    tag = TAG,
    params(IdempotencyParameter),
    request_body(content = CreateRole, example = json!({"name": "bookkeeping", "permissions": ["invoice.read"]})),
    responses((status = 200, description = "The role.", body = Envelope<Role>), ChangeFailures),
)]
pub(super) async fn create(app: SharedApp, change: Mutation<CreateRole>) -> Answer<Role> {
    let CreateRole { name, description, permissions } = change.body;
    let draft = RoleDraft { name, description, permissions };
    let role = app.engine.create_role(&change.actor, draft).await?;
    Ok(Success(role.into()))
}
