//! Rate limits and credits.

use keywright_domain::RefillInterval;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::Object;

/// A named rate limit: `limit` uses at once, and then one more each `windowSeconds` / `limit`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RateLimit {
    /// Unique within the key; `default` is what a use without a named cost is counted on.
    #[schema(min_length = 1, max_length = 64, example = "default")]
    name: String,
    /// Uses allowed in the window.
    #[schema(minimum = 1, example = 100)]
    limit: u32,
    /// The window's length in seconds, at most 31 days.
    #[schema(minimum = 1, maximum = 2_678_400, example = 60)]
    window_seconds: u32,
}

/// A budget of uses that is counted down by verifications.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Credits {
    /// What is left.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64, example = 1000)]
    remaining: u64,
    /// How it is filled up again, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Refill>)]
    refill: Option<Object<Refill>>,
    /// When this many or fewer are left, the audit event `credits.low` is written, once until there are more again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64, example = 100)]
    low_threshold: Option<u64>,
}

/// How credits are filled up: to `amount`, unless there are more, when a day or a month of the organization's time zone
/// begins.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Refill {
    /// What there are then at least.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_u64, example = 1000)]
    amount: u64,
    /// How often.
    interval: Interval,
}

/// How often credits are filled up.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = RefillInterval)]
pub(crate) enum Interval {
    /// When a day begins.
    Daily,
    /// On the first day of a month.
    Monthly,
}

/// Rate limits as the engine takes them.
pub(crate) fn to_domain(limits: Vec<Object<RateLimit>>) -> Vec<keywright_domain::RateLimit> {
    let limit = |Object(RateLimit { name, limit, window_seconds })| keywright_domain::RateLimit {
        name,
        limit,
        window_seconds,
    };
    limits.into_iter().map(limit).collect()
}

impl From<keywright_domain::RateLimit> for RateLimit {
    fn from(limit: keywright_domain::RateLimit) -> Self {
        Self { name: limit.name, limit: limit.limit, window_seconds: limit.window_seconds }
    }
}

impl From<Credits> for keywright_domain::Credits {
    fn from(credits: Credits) -> Self {
        let refill = credits.refill.map(|Object(refill)| keywright_domain::Refill {
            amount: refill.amount,
            interval: match refill.interval {
                Interval::Daily => RefillInterval::Daily,
                Interval::Monthly => RefillInterval::Monthly,
            },
        });
        Self { remaining: credits.remaining, refill, low_threshold: credits.low_threshold }
    }
}

impl From<keywright_domain::Budget> for Credits {
    fn from(budget: keywright_domain::Budget) -> Self {
        let refill = budget.refill.map(|refill| {
            Object(Refill {
                amount: refill.amount,
                interval: match refill.interval {
                    RefillInterval::Daily => Interval::Daily,
                    RefillInterval::Monthly => Interval::Monthly,
                },
            })
        });
        Self { remaining: budget.remaining, refill, low_threshold: budget.low_threshold }
    }
}
