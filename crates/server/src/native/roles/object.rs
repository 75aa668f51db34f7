//! A role, as it is answered.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::native::wire::Time;

/// A named set of permissions. A field that has no value is left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Role {
    id: Uuid,
    organization_id: Uuid,
    /// Unique in the organization.
    #[schema(example = "bookkeeping")]
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// What keys with it may do besides what they were granted.
    #[schema(example = json!(["invoice.*"]))]
    permissions: Vec<String>,
    /// Who made it: a user's or a service account's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<Uuid>,
    created_at: Time,
    updated_at: Time,
}

impl From<keywright_store::Role> for Role {
    fn from(role: keywright_store::Role) -> Self {
        Self {
            id: role.id.uuid(),
            organization_id: role.organization.uuid(),
            name: role.name,
            description: role.description,
            permissions: role.permissions.iter().map(ToString::to_string).collect(),
            created_by: role.created_by,
            created_at: role.created_at.into(),
            updated_at: role.updated_at.into(),
        }
    }
}
