//! A member, as it is answered.

use keywright_domain::MemberRole;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::native::wire::{RateLimit, Time};

/// A person in an organization. A field that has no value is left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Member {
    id: Uuid,
    organization_id: Uuid,
    user_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ada@example.com")]
    user_email: Option<String>,
    #[schema(example = "Ada Lovelace")]
    user_name: String,
    role: Role,
    /// How often all of their keys in the organization together may be used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    rate_limits: Vec<RateLimit>,
    /// Whether the person has accepted; until then they have no access.
    status: Status,
    /// Who invited them: a user's or a service account's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    invited_by: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted_at: Option<Time>,
    created_at: Time,
    updated_at: Time,
}

/// What a member is in an organization.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = MemberRole)]
pub(crate) enum Role {
    /// May do all.
    Owner,
    /// May do all but touch owners and close the organization.
    Admin,
    /// Has the application's permissions and their own keys.
    Developer,
    /// Reads, and sees the facts of their own keys.
    Viewer,
}

/// Whether a membership has begun.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = MemberStatus, example = "active")]
enum Status {
    /// The person has not accepted yet.
    Invited,
    /// The person has.
    Active,
}

impl From<MemberRole> for Role {
    fn from(role: MemberRole) -> Self {
        match role {
            MemberRole::Owner => Self::Owner,
            MemberRole::Admin => Self::Admin,
            MemberRole::Developer => Self::Developer,
            MemberRole::Viewer => Self::Viewer,
        }
    }
}

impl From<keywright_store::Member> for Member {
    fn from(member: keywright_store::Member) -> Self {
        Self {
            id: member.id.uuid(),
            organization_id: member.organization.uuid(),
            user_id: member.user.uuid(),
            user_email: member.user_email,
            user_name: member.user_name,
            role: member.role.into(),
            rate_limits: member.rate_limits.into_iter().map(RateLimit::from).collect(),
            status: if member.accepted_at.is_some() { Status::Active } else { Status::Invited },
            invited_by: member.invited_by,
            accepted_at: member.accepted_at.map(Time::from),
            created_at: member.created_at.into(),
            updated_at: member.updated_at.into(),
        }
    }
}
