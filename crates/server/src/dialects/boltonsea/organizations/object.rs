//! An organization, as it is answered.

use serde::Serialize;

use crate::dialects::boltonsea::wire::in_offset;

/// An organization.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names on the wire")]
pub(super) struct Organization {
    organization_id: i64,
    /// The same number, for who looks for it under this name.
    id: i64,
    organization_name: String,
    created_on: String,
}

impl From<keywright_store::Organization> for Organization {
    fn from(organization: keywright_store::Organization) -> Self {
        Self {
            organization_id: organization.number,
            id: organization.number,
            organization_name: organization.name,
            created_on: in_offset(organization.created_at),
        }
    }
}
