//! How often keys were answered what, and which requests they made: written behind, without a revision.

use std::net::IpAddr;

use keywright_domain::{BatchId, KeyId, OrganizationId, RequestId, Timestamp};

use crate::query::PageRequest;
use crate::record::KeyOwner;

/// Minutes since 1970-01-01T00:00Z.
pub type Minute = i64;

/// Rows that are written once, however often they are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered<T> {
    /// Names these rows: what is sent again under the same name was either written or is written now.
    pub id: BatchId,
    /// The time; the name is remembered for a day.
    pub now: Timestamp,
    /// The rows.
    pub rows: Vec<T>,
}

/// Answers about a key within a minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageCount {
    /// The key's organization.
    pub organization: OrganizationId,
    /// The key.
    pub key: KeyId,
    /// The minute.
    pub minute: Minute,
    /// What was answered: a verdict's code.
    pub outcome: &'static str,
    /// How often.
    pub count: u64,
}

/// What counts are added up to when they are old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageSpan {
    /// Minutes become hours.
    Hour,
    /// Hours become days (in UTC).
    Day,
}

impl UsageSpan {
    /// How long it is.
    pub const fn minutes(self) -> Minute {
        match self {
            Self::Hour => 60,
            Self::Day => 24 * 60,
        }
    }
}

/// What counts are told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageGrouping {
    /// All together.
    None,
    /// One key from another.
    Key,
    /// One owner of keys from another.
    Owner,
    /// One customer from another.
    ExternalId,
}

/// Which counts, and how they are added up.
#[derive(Debug, Clone)]
pub struct UsageQuery {
    /// Of which organization.
    pub organization: OrganizationId,
    /// Of which key, if not any.
    pub key: Option<KeyId>,
    /// Of which owner's keys, if not anybody's.
    pub owner: Option<KeyOwner>,
    /// Of keys made for which customer, if not any.
    pub external_id: Option<String>,
    /// Of keys that which customer made in the portal, if not any.
    pub portal_customer: Option<String>,
    /// With which outcome, if not any.
    pub outcome: Option<String>,
    /// From this minute on.
    pub since: Minute,
    /// Before this minute.
    pub until: Minute,
    /// Added up in steps of so many minutes, counted from 1970; `None`: all of the time together.
    pub step: Option<Minute>,
    /// What they are told by.
    pub grouping: UsageGrouping,
    /// Which page. In steps the oldest comes first; without, the group with the most. A cursor is the number of items
    /// before it.
    pub page: PageRequest,
}

/// What counts belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsageGroup {
    /// All together.
    All,
    /// A key.
    Key {
        /// Its id.
        id: KeyId,
        /// Its name, as it is now.
        name: String,
        /// Its owner.
        owner: KeyOwner,
        /// The customer it is for.
        external_id: Option<String>,
    },
    /// An owner of keys.
    Owner(KeyOwner),
    /// A customer; `None`: keys that are for none.
    ExternalId(Option<String>),
}

/// Counts of a step and a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageItem {
    /// When the step began; `None` without steps.
    pub start: Option<Timestamp>,
    /// What they belong to.
    pub group: UsageGroup,
    /// How often each outcome, those that were not left out; by outcome.
    pub counts: Vec<(String, u64)>,
}

/// A request that was made with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRequest {
    /// The key's organization.
    pub organization: OrganizationId,
    /// The key.
    pub key: KeyId,
    /// The key's owner.
    pub owner: KeyOwner,
    /// When.
    pub at: Timestamp,
    /// The HTTP method.
    pub method: Option<String>,
    /// The path, without a query.
    pub path: Option<String>,
    /// The pattern of the route that took it.
    pub route: Option<String>,
    /// The HTTP status that was answered.
    pub status: u16,
    /// What was said of the key: a verdict's code. `None` in entries of versions that did not note it.
    pub outcome: Option<String>,
    /// How long it took.
    pub duration_ms: Option<u32>,
    /// From where.
    pub address: Option<IpAddr>,
    /// With what (User-Agent).
    pub agent: Option<String>,
    /// The name of the request in which this was asked.
    pub request_id: Option<String>,
}

/// An entry of the request log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedRequest {
    /// Its id, made from the time of the request: entries are told by it, newest first.
    pub id: RequestId,
    /// What was asked for.
    pub request: KeyRequest,
}

/// Which entries of the request log.
#[derive(Debug, Clone)]
pub struct RequestQuery {
    /// Of which organization.
    pub organization: OrganizationId,
    /// With which key, if not any.
    pub key: Option<KeyId>,
    /// With which owner's keys, if not anybody's.
    pub owner: Option<KeyOwner>,
    /// Which page.
    pub page: PageRequest,
}
