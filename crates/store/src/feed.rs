//! How a follower keeps up: a bulk load, then whole revisions in order.

use keywright_domain::OrganizationId;
use serde::{Deserialize, Serialize};

use crate::loaded::SecretSink;
use crate::record::{
    DeclaredPermission, KeyRecord, KeySecret, Member, Organization, Role, SealedSigningKey, ServiceAccount,
};

/// The number of a committed batch; later batches have higher numbers, in the order of their commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub i64);

impl Revision {
    /// Before every batch.
    pub const ZERO: Self = Self(0);
}

/// A replicated row as it is now; `None` where it is gone.
#[derive(Debug, Clone)]
pub enum ChangedRow {
    /// An organization was made, changed or closed (then its `deleted_at` is set).
    Organization(Organization),
    /// An organization's own permissions, all of them, in the order of their declaration.
    Permissions(OrganizationId, Vec<DeclaredPermission>),
    /// A role was made or changed.
    Role(Role),
    /// A role was deleted.
    RoleGone(OrganizationId, keywright_domain::RoleId),
    /// A membership was made, accepted or changed.
    Member(Member),
    /// A membership ended.
    MemberGone(OrganizationId, keywright_domain::UserId),
    /// A service account was made, changed or deleted (then its `deleted_at` is set).
    ServiceAccount(ServiceAccount),
    /// Signing keys were added or forgotten. All that there are, oldest first.
    SigningKeys(Vec<SealedSigningKey>),
    /// A key or its secrets changed. All its secrets, newest first.
    Key(Box<KeyRecord>, Vec<KeySecret>),
}

/// What [`crate::Store::changes_since`] answers.
#[derive(Debug)]
pub enum ChangePage {
    /// The rows that changed, in the order of their revisions, each row once.
    Rows {
        /// The rows, as they are in the snapshot that the page was read from: perhaps newer than `through`.
        rows: Vec<ChangedRow>,
        /// The last revision that the page holds wholly.
        through: Revision,
        /// Whether there are more after it.
        more: bool,
    },
    /// The changes asked for are forgotten already: load anew.
    LoadAnew,
}

/// Takes the rows of a bulk load.
pub trait LoadSink: Send {
    /// About how many keys (with at least one secret) will come, so that room can be made once.
    fn expect_keys(&mut self, count: usize);
    /// Takes one row.
    fn row(&mut self, row: ChangedRow);
    /// Where keys go instead of [`Self::row`], if they need not come whole: half the work. `None`, unless said otherwise.
    fn secrets(&mut self) -> Option<&mut dyn SecretSink> {
        None
    }
    /// Another way into the same place, for another thread; `None`, which is what it is unless said otherwise: all
    /// rows come one after another. Where there is one, keys (and nothing else) come through several at once, each key
    /// through one of them.
    fn fork(&self) -> Option<Box<dyn LoadSink>> {
        None
    }
}
