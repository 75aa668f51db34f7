//! What can be asked for.

use keywright_domain::{
    KeyId, KeyStatus, MemberRole, OrganizationId, RoleId, ServiceAccountId, Timestamp, UserId, Verb,
};

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
    /// Given this permission, if not whatever they were given.
    pub given: Option<GivenPermission>,
    /// Ending after the first time and not after the second.
    pub ending: Option<(Timestamp, Timestamp)>,
    /// Made before this time, and not used at it or later.
    pub unused_since: Option<Timestamp>,
    /// In which order.
    pub order: KeyOrder,
    /// Where to go on; the page's `after` is not read.
    pub after: Option<KeyPlace>,
    /// How many keys to look at.
    pub look_at: LookAt,
    /// How many, and how many to pass over.
    pub page: PageRequest,
}

impl KeyQuery {
    /// Every key of an organization, the newest first.
    pub fn every(organization: OrganizationId, page: PageRequest) -> Self {
        Self {
            organization,
            owner: None,
            status: None,
            live_only: false,
            external_id: None,
            portal_customer: None,
            text: None,
            given: None,
            ending: None,
            unused_since: None,
            order: KeyOrder::default(),
            after: None,
            look_at: LookAt::UntilFull,
            page,
        }
    }
}

/// How many keys are looked at for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LookAt {
    /// As many as it takes to fill the page, along the order.
    #[default]
    UntilFull,
    /// So many at most: then the page ends where that was, however few it has. Those of an owner who has no more than so
    /// many are looked at all.
    AtMost(u32),
    /// All of the owner that is asked for, however many; where none is, like `UntilFull`.
    OwnersAll,
}

/// The orders in which keys are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyOrder {
    /// By what.
    pub by: KeyOrderBy,
    /// The other way round.
    pub reversed: bool,
}

/// By what keys are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyOrderBy {
    /// The newest first.
    #[default]
    Age,
    /// By the name in lower case.
    Name,
    /// Those that end soonest first, and those that do not end after them, the newest first.
    Expiry,
    /// Those used last first, and those that were never used after them, the newest first.
    LastUse,
}

/// A key's place in an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPlace {
    /// The key.
    pub id: KeyId,
    /// What it stands at.
    pub at: KeyPlaceAt,
}

/// What a key stands at in an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlaceAt {
    /// Its age, in any order: also where it has no expiry, or was never used.
    Age,
    /// When it ends, or was used last.
    Time(Timestamp),
    /// Its name in lower case.
    Name(String),
}

/// Keys of a list, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPage {
    /// The keys.
    pub items: Vec<KeyListing>,
    /// Where to go on after them, and after those that were looked at for nothing; `None` when nothing comes after them.
    pub next: Option<KeyPlace>,
}

/// A permission, by all the ways in which it may have been written down.
#[derive(Debug, Clone)]
pub struct GivenPermission {
    /// Spellings that give it: its own, patterns, `all`.
    pub spellings: Vec<String>,
    /// Roles that give it.
    pub roles: Vec<RoleId>,
    /// What it needs.
    pub verb: Verb,
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
    /// How many keys are looked at, at most. Those in force are counted among the newest. Those that end are found among
    /// the first that do, revoked and disabled ones among them; of an owner, among their newest.
    pub look_at: u32,
}

/// The answer to a [`GlanceQuery`].
#[derive(Debug, Clone, PartialEq)]
pub struct KeyGlance {
    /// How many of the keys that were looked at are in force.
    pub in_force: u64,
    /// Whether all keys were looked at.
    pub is_all: bool,
    /// Those that end soonest of the keys that were looked at for it, the soonest first.
    pub ending: Vec<KeyListing>,
    /// Whether all keys that end soon were looked at: else there may be more, even where none is told of.
    pub is_all_ending: bool,
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
