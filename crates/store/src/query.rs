//! What can be asked for.

use keywright_domain::{KeyId, KeyStatus, MemberRole, OrganizationId, ServiceAccountId, Timestamp, UserId};

use crate::record::{KeyListing, KeyOwner};

/// Which page of a list. Either an offset or a place to go on after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Items wanted, 1 to 1000.
    pub limit: u32,
    /// Items to pass over first.
    pub offset: u64,
    /// Go on after the item with this cursor: what [`Page::next`] said, which is an item's id as bytes.
    pub after: Option<uuid::Uuid>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor that goes on after the last item; `None` when there is nothing after it.
    pub next: Option<uuid::Uuid>,
}

/// Which keys.
#[derive(Debug, Clone)]
pub struct KeyQuery {
    /// Of which organization.
    pub organization: OrganizationId,
    /// Of which owner, if not all.
    pub owner: Option<KeyOwner>,
    /// Standing how, if not any.
    pub status: Option<KeyStatusAt>,
    /// Leave revoked keys out.
    pub live_only: bool,
    /// Made for which customer, if not any.
    pub external_id: Option<String>,
    /// Made by which customer in the portal, if not anywhere.
    pub portal_customer: Option<String>,
    /// With this text in the name (case-insensitively) or starting with this shown prefix.
    pub text: Option<String>,
    /// Which page.
    pub page: PageRequest,
}

/// What of an organization's keys is worth a glance, found without looking at all of them.
#[derive(Debug, Clone, Copy)]
pub struct GlanceQuery {
    /// Of which organization.
    pub organization: OrganizationId,
    /// Of which owner, if not all.
    pub owner: Option<KeyOwner>,
    /// The time.
    pub at: Timestamp,
    /// Keys that end after the time and not after this one are told of.
    pub ending_by: Timestamp,
    /// How many of those at most.
    pub limit: u32,
    /// How many keys are looked at to count those in force: the newest.
    pub look_at: u32,
}

/// The answer to a [`GlanceQuery`].
#[derive(Debug, Clone, PartialEq)]
pub struct KeyGlance {
    /// How many of the keys that were looked at are in force.
    pub in_force: u64,
    /// Whether all keys were looked at.
    pub is_all: bool,
    /// Those that end soonest, the soonest first.
    pub ending: Vec<KeyListing>,
}

/// Which sessions of the portal: those that neither ended nor expired.
#[derive(Debug, Clone)]
pub struct PortalSessionQuery {
    /// Of which organization.
    pub organization: OrganizationId,
    /// Of which customer, if not any.
    pub external_id: Option<String>,
    /// The time.
    pub at: Timestamp,
    /// Which page.
    pub page: PageRequest,
}

/// A status, at a time (being expired depends on it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyStatusAt {
    /// The status.
    pub status: KeyStatus,
    /// The time.
    pub at: Timestamp,
}

/// Which members of an organization.
#[derive(Debug, Clone)]
pub struct MemberQuery {
    /// Of which organization.
    pub organization: OrganizationId,
    /// With which role, if not any.
    pub role: Option<MemberRole>,
    /// With this text in the e-mail address, or in the name of one who has accepted; `A` to `Z` as `a` to `z`.
    pub text: Option<String>,
    /// Which page.
    pub page: PageRequest,
}

impl MemberQuery {
    /// Every member of an organization.
    pub const fn every(organization: OrganizationId, page: PageRequest) -> Self {
        Self { organization, role: None, text: None, page }
    }
}

/// Which service accounts of an organization, of those that are not deleted.
#[derive(Debug, Clone)]
pub struct ServiceAccountQuery {
    /// Of which organization.
    pub organization: OrganizationId,
    /// Disabled ones alone, or those that are not alone.
    pub disabled: Option<bool>,
    /// With this text in the name or the description; `A` to `Z` as `a` to `z`.
    pub text: Option<String>,
    /// Which page.
    pub page: PageRequest,
}

impl ServiceAccountQuery {
    /// Every service account of an organization.
    pub const fn every(organization: OrganizationId, page: PageRequest) -> Self {
        Self { organization, disabled: None, text: None, page }
    }
}

/// Which audit events.
#[derive(Debug, Clone)]
pub struct AuditQuery {
    /// Of which organization.
    pub organization: OrganizationId,
    /// With this action, such as `apiKey.revoke`.
    pub action: Option<String>,
    /// By this user.
    pub user: Option<UserId>,
    /// By this service account.
    pub service_account: Option<ServiceAccountId>,
    /// With this key, as the credential.
    pub key: Option<KeyId>,
    /// Done to the thing with this id.
    pub target: Option<uuid::Uuid>,
    /// At this time or later.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Which page.
    pub page: PageRequest,
}
