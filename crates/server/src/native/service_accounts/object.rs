//! A service account, as it is answered.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::native::wire::{RateLimit, Time};

/// An owner of keys that is no person. A field that has no value is left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceAccount {
    id: Uuid,
    organization_id: Uuid,
    /// Unique in the organization.
    #[schema(example = "nightly export")]
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// What its keys may do at most.
    #[schema(example = json!(["invoice.read"]))]
    permissions: Vec<String>,
    /// How often all of its keys together may be used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    rate_limits: Vec<RateLimit>,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<Time>,
    /// Who made it: a user's or a service account's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<Uuid>,
    created_at: Time,
    updated_at: Time,
}

/// Whether the keys of a service account hold.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ServiceAccountStatus)]
pub(crate) enum Status {
    /// They do.
    Active,
    /// They do not.
    Disabled,
}

impl From<keywright_store::ServiceAccount> for ServiceAccount {
    fn from(account: keywright_store::ServiceAccount) -> Self {
        Self {
            id: account.id.uuid(),
            organization_id: account.organization.uuid(),
            name: account.name,
            description: account.description,
            permissions: account.permissions.iter().map(ToString::to_string).collect(),
            rate_limits: account.rate_limits.into_iter().map(RateLimit::from).collect(),
            status: if account.disabled_at.is_some() { Status::Disabled } else { Status::Active },
            disabled_at: account.disabled_at.map(Time::from),
            created_by: account.created_by,
            created_at: account.created_at.into(),
            updated_at: account.updated_at.into(),
        }
    }
}
