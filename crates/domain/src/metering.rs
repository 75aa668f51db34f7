//! Limits and credits that a key carries, as they are written down.

use serde::{Deserialize, Serialize};

/// A named rate limit: at most `limit` uses in any `window_seconds`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RateLimit {
    /// Its name, unique within a key; `default` is what a use without a named cost is counted on.
    pub name: String,
    /// Uses allowed in the window, at least 1.
    pub limit: u32,
    /// The window's length in seconds, 1 to 2,678,400 (31 days).
    pub window_seconds: u32,
}

/// A budget of uses that is counted down.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Credits {
    /// Uses left, below 2^53.
    pub remaining: u64,
    /// How it is filled up again, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refill: Option<Refill>,
}

/// How credits are filled up: set to `amount` at each `interval`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refill {
    /// What `remaining` is set to, at least 1 and below 2^53.
    pub amount: u64,
    /// How often.
    pub interval: RefillInterval,
}

/// How often credits are filled up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RefillInterval {
    /// Every day.
    Daily,
    /// Every month.
    Monthly,
}
