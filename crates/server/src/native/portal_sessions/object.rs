//! A session of the portal, as it is answered.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::native::wire::Time;

/// A customer's session on the key page. A field that has no value is left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PortalSession {
    id: Uuid,
    organization_id: Uuid,
    /// The customer, in the caller's own system.
    #[schema(example = "customer-8812")]
    external_id: String,
    /// Whose the keys are that are made there.
    service_account_id: Uuid,
    /// What keys may be given there at most, as it was spelt.
    #[schema(example = json!(["photo.read", "photo.upload"]))]
    permissions: Vec<String>,
    status: PortalSessionStatus,
    /// Who made it: a user's or a service account's id.
    created_by: Uuid,
    created_at: Time,
    /// When it ends at the latest. It ends before when the credential that made it does.
    expires_at: Time,
    /// When its link was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<Time>,
}

/// Where a session stands that is not over.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum PortalSessionStatus {
    /// Its link was not used.
    Pending,
    /// Its link was used.
    Open,
}

impl From<keywright_store::PortalSession> for PortalSession {
    fn from(session: keywright_store::PortalSession) -> Self {
        Self {
            id: session.id.uuid(),
            organization_id: session.organization.uuid(),
            external_id: session.external_id,
            service_account_id: session.service_account.uuid(),
            permissions: session.permissions.iter().map(ToString::to_string).collect(),
            status: if session.opened_at.is_some() {
                PortalSessionStatus::Open
            } else {
                PortalSessionStatus::Pending
            },
            created_by: session.created_by,
            created_at: session.created_at.into(),
            expires_at: session.expires_at.into(),
            opened_at: session.opened_at.map(Time::from),
        }
    }
}
