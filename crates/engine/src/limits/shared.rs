//! Limits counted for all nodes together.

use async_trait::async_trait;
use keywright_domain::{EmptyAt, RateLimit, Timestamp};
use uuid::Uuid;

/// Where nodes count uses together, such as Redis. What cannot be counted there is counted on this node alone.
#[async_trait]
pub trait SharedLimits: Send + Sync + 'static {
    /// Counts a use on all of these limits, or on none.
    async fn take(&self, owner: Uuid, uses: &[SharedUse<'_>]) -> Result<SharedCount, SharedLimitsAway>;
}

/// One limit that a use is to be counted on.
#[derive(Debug, Clone, Copy)]
pub struct SharedUse<'a> {
    /// Whose limit it is: a key's id, or its owner's.
    pub subject: Uuid,
    /// The limit.
    pub limit: &'a RateLimit,
    /// What the use costs on it.
    pub cost: u32,
}

/// What became of the use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedCount {
    /// Whether all limits had room, so that it was counted.
    pub counted: bool,
    /// The states of the limits afterwards, in their order.
    pub states: Vec<EmptyAt>,
    /// The time by which they were counted, which is the same for all nodes.
    pub now: Timestamp,
}

/// Limits cannot be counted together now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("shared limits cannot be reached")]
pub struct SharedLimitsAway;
