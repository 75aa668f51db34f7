//! An organization, as it is answered.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::portal::Portal;
use crate::native::wire::Time;

/// An organization and its settings. A field that has no value is left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Organization {
    id: Uuid,
    /// Another name of it, below 2^53; the first organization's is 1.
    #[schema(minimum = 1, example = 1)]
    number: i64,
    /// Unique on this server.
    #[schema(example = "acme")]
    slug: String,
    #[schema(example = "Acme")]
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// What its new keys start with.
    #[schema(example = "kw")]
    key_prefix: String,
    /// How long a new key lives that says nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    default_expiry_seconds: Option<i64>,
    /// How long a new key may live at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_expiry_seconds: Option<i64>,
    permission_catalogue: PermissionCatalogue,
    /// Whether keys with an `ipAllowlist`, `rateLimits` or `credits` may get offline tokens, which none of these bind.
    #[schema(example = false)]
    tokens_for_restricted_keys: bool,
    /// Where its days and months begin, as the IANA names time zones: credits are filled up then.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    portal: Portal,
    /// Who made it: a user's or a service account's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<Uuid>,
    created_at: Time,
    updated_at: Time,
}

/// Whether permissions can be granted that the catalogue does not know.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PermissionCatalogue {
    /// They can.
    Open,
    /// They cannot.
    Closed,
}

impl From<keywright_store::Organization> for Organization {
    fn from(organization: keywright_store::Organization) -> Self {
        let closed = organization.catalogue_closed;
        Self {
            id: organization.id.uuid(),
            number: organization.number,
            slug: organization.slug,
            name: organization.name,
            description: organization.description,
            key_prefix: organization.key_prefix.to_string(),
            default_expiry_seconds: organization.default_expiry_seconds,
            max_expiry_seconds: organization.max_expiry_seconds,
            permission_catalogue: if closed {
                PermissionCatalogue::Closed
            } else {
                PermissionCatalogue::Open
            },
            tokens_for_restricted_keys: organization.tokens_for_restricted_keys,
            time_zone: organization.time_zone.to_string(),
            portal: organization.portal.into(),
            created_by: organization.created_by,
            created_at: organization.created_at.into(),
            updated_at: organization.updated_at.into(),
        }
    }
}
