//! What became of a command.

use keywright_domain::{Budget, KeyId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::record::IdempotencyRecord;

/// A command that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// It was.
    Done,
    /// It was, and this many rows were concerned (keys revoked, sessions ended).
    Count(u64),
    /// A reservation of credits was looked at.
    Reserved(Reserved),
    /// Credits were changed: what there is now.
    Budget(Budget),
    /// One step of many was done: how many keys it concerned, and the last of them; `None`: there was none left.
    Step(u64, Option<KeyId>),
    /// Each of several was tried, and this is what became of it.
    Each(Vec<Result<Applied, Refusal>>),
}

/// What a reservation of credits came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reserved {
    /// What the lot holds now, unused; less than was asked for where there is not enough.
    pub held: u64,
    /// Whether the lot is the one that it was. Else what it held before is void, or was put back, and is not in `held`.
    pub is_continued: bool,
    /// What remains beside all lots.
    pub remaining: u64,
    /// When the lot becomes void because credits are filled up.
    pub next_refill: Option<Timestamp>,
}

/// A command that was refused by the state of things. Nothing of it was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Refusal {
    /// There is no such row.
    #[error("there is no such row")]
    NotFound,
    /// The row was written since it was read.
    #[error("the row was written since it was read")]
    Changed,
    /// A value that must be unique is taken.
    #[error("{0:?} is taken")]
    NotUnique(UniqueField),
    /// The key has no credits that could be changed.
    #[error("the key has no credits")]
    NoCredits,
    /// There would be more credits than can be counted.
    #[error("there would be too many credits")]
    TooManyCredits,
    /// The key is revoked.
    #[error("the key is revoked")]
    Revoked,
    /// The key's owner is gone, or not a member.
    #[error("the owner is gone")]
    OwnerGone,
    /// An organization would be left without an owner.
    #[error("the last owner stays")]
    LastOwner,
    /// The organization is set up: it has, or had, an owner who can sign in.
    #[error("the organization is set up already")]
    SetUpAlready,
    /// The link was used, or has expired.
    #[error("the link is used up or has expired")]
    LinkUsed,
    /// The customer has as many keys as one may make in the portal.
    #[error("the customer has as many keys as one may have")]
    PortalFull,
    /// The customer made as many keys in the portal as one may make in a day, those that do not work any more included.
    #[error("the customer made as many keys as one may make in a day")]
    PortalSpent,
    /// The credential that asked for it is not in force any more.
    #[error("the credential is not in force any more")]
    CredentialGone,
    /// Something that the command had to read cannot be right.
    #[error("a row cannot be read: {0}")]
    Unreadable(String),
    /// The request was answered before; this is the record.
    #[error("the request was answered before")]
    #[serde(skip)]
    AlreadyAnswered(Box<IdempotencyRecord>),
}

/// A value that must be unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UniqueField {
    /// A row's id, or a number.
    Identity,
    /// An organization's short name.
    Slug,
    /// The name of a role or service account.
    Name,
    /// A person's e-mail address.
    Email,
    /// A person's membership of an organization.
    Membership,
    /// A key's secret.
    Secret,
    /// An identity, or a person's identity of one issuer.
    LinkedIdentity,
    /// A digest of another kind of token.
    Token,
}
