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

/// A budget of uses that is counted down, as it is asked for. [`crate::Budget`] is one that a key has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Credits {
    /// Uses left, below 2^53.
    pub remaining: u64,
    /// How it is filled up again, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refill: Option<Refill>,
    /// What is few enough to be told of, below 2^53.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_threshold: Option<u64>,
}

/// How credits are filled up: to `amount`, unless there are more, when each `interval` begins.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refill {
    /// What there are then at least: 1 or more, below 2^53.
    pub amount: u64,
    /// How often.
    pub interval: RefillInterval,
}

/// How often credits are filled up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RefillInterval {
    /// When a day begins.
    Daily,
    /// When a month begins.
    Monthly,
}
