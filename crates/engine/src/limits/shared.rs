//! Limits counted for all nodes together.

use std::time::Duration;

use async_trait::async_trait;
use keywright_domain::{RateLimit, Timestamp};
use uuid::Uuid;

/// Where nodes count uses together, such as Redis. What cannot be counted there is counted on this node alone.
#[async_trait]
pub trait SharedLimits: Send + Sync + 'static {
    /// Counts a use on all of these limits, or on none. May be given up at any time: the use is then counted there or not.
    async fn take(&self, owner: Uuid, uses: &[SharedUse<'_>]) -> Result<SharedCount, SharedLimitsAway>;

    /// Connects, anew where need be, and returns once a use could be counted.
    async fn reach(&self) -> Result<(), SharedLimitsAway>;

    /// How long a use may wait to be counted.
    fn time_limit(&self) -> Duration;
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
#[derive(Debug, Clone, PartialEq)]
pub struct SharedCount {
    /// Whether all limits had room, so that it was counted.
    pub counted: bool,
    /// The units in use of each limit afterwards, in their order. Not whole ones: they drain away steadily.
    pub in_use: Vec<f64>,
    /// The time by which they were counted, which is the same for all nodes.
    pub now: Timestamp,
}

/// Limits cannot be counted together now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("shared limits cannot be reached: {reason}")]
pub struct SharedLimitsAway {
    /// Why, for the operator's log; without any secret.
    pub reason: String,
}
