//! What can go wrong with a store itself.

use keywright_domain::BatchId;

use crate::BatchOutcome;

/// A store that cannot answer. It never means "there is no such thing".
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database is away, busy for too long, out of space or read-only. It may come back.
    #[error("the database cannot be used now: {reason}")]
    Unavailable {
        /// What the database said.
        reason: String,
    },
    /// What the database holds cannot be right. It will not go away by itself.
    #[error("the database holds something that cannot be right: {reason}")]
    Corrupt {
        /// What was found, without any secret.
        reason: String,
    },
    /// The database failed while a batch was being committed, so that it is not known whether it was. Look the batch up
    /// ([`crate::Store::find_batch`]); do not send it again.
    #[error("the database did not say whether batch {batch} was committed: {reason}")]
    CommitUnknown {
        /// The batch.
        batch: BatchId,
        /// What the database said.
        reason: String,
        /// What became of its commands, if it was committed; `None` where that is lost, too.
        outcome: Option<Box<BatchOutcome>>,
    },
    /// The database was made by a later version.
    #[error(
        "the database has schema version {found}, and this program knows versions up to {known}: use a newer keywright"
    )]
    TooNew {
        /// The schema version found.
        found: i64,
        /// The latest that is known here.
        known: i64,
    },
}
