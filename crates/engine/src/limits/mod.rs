//! Rate limits: what a use costs, and whether there is room for it.
//!
//! A use may be counted on several limits, the key's and its owner's: it is let through by all of them or counted on
//! none. The state of a limit is one point in time ([`keywright_domain::Gcra`]). It lives in memory and is forgotten when
//! the process ends, or where nodes count together.

mod circuit;
mod local;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use keywright_domain::{EmptyAt, Gcra, NoRoom, RateLimit, Timestamp};
use uuid::Uuid;

pub use shared::{SharedCount, SharedLimits, SharedLimitsAway, SharedUse};

use circuit::Circuit;
use local::LocalLimits;

use crate::counters::Counters;

/// What a use costs. By default one credit, and one on each rate limit.
#[derive(Debug, Clone, Copy)]
pub struct Cost<'a> {
    /// Credits.
    pub credits: u64,
    /// Units on rate limits, by name: `default`, or `owner:default` for the owner's alone. A limit that is not named
    /// here costs one; a name that neither the key nor its owner has means nothing.
    pub limits: &'a [(&'a str, u32)],
}

impl Default for Cost<'_> {
    fn default() -> Self {
        Self { credits: 1, limits: &[] }
    }
}

/// A rate limit after a use was counted on it, or would have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitState {
    /// Its name; an owner's limit begins with `owner:`.
    pub name: String,
    /// Units in a window.
    pub limit: u32,
    /// The window's length in seconds.
    pub window_seconds: u32,
    /// Units that could be used now.
    pub remaining: u32,
    /// When all that was used has drained away.
    pub reset_at: Timestamp,
}

/// What became of a use that was to be counted.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) states: Vec<LimitState>,
    /// Why it was not counted.
    pub(crate) refused: Option<Full>,
}

/// A limit, or several, had no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full {
    /// When to try again: when the last of the full ones has room, as far as is known.
    pub(crate) retry_after: Duration,
}

/// Whose limits a use is counted on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limited<'a> {
    pub(crate) key: (Uuid, &'a [RateLimit]),
    pub(crate) owner: (Uuid, &'a [RateLimit]),
}

/// One limit that a use is to be counted on.
#[derive(Debug, Clone, Copy)]
struct Tick<'a> {
    subject: Uuid,
    is_owners: bool,
    limit: &'a RateLimit,
    cost: u32,
}

const OWNERS: &str = "owner:";

impl Limited<'_> {
    fn ticks<'a>(&'a self, cost: &'a Cost<'a>) -> impl Iterator<Item = Tick<'a>> {
        let of = |(subject, limits): (Uuid, &'a [RateLimit]), is_owners| {
            limits.iter().map(move |limit| {
                let cost = cost.of(&limit.name, is_owners);
                Tick { subject, is_owners, limit, cost }
            })
        };
        of(self.key, false).chain(of(self.owner, true))
    }
}

impl Cost<'_> {
    fn of(&self, name: &str, is_owners: bool) -> u32 {
        let exact = |given: &&(&str, u32)| {
            if is_owners { given.0.strip_prefix(OWNERS) == Some(name) } else { given.0 == name }
        };
        let plain = |given: &&(&str, u32)| given.0 == name;
        let named = self.limits.iter().find(exact).or_else(|| self.limits.iter().find(plain));
        named.map_or(1, |(_, cost)| *cost)
    }
}

/// All limits of a node.
pub(crate) struct Limits {
    local: LocalLimits,
    shared: Option<Arc<Circuit>>,
    counters: Arc<Counters>,
}

impl Limits {
    /// Where limits are shared, returns when they were reached or the first attempt has failed.
    pub(crate) async fn start(shared: Option<Arc<dyn SharedLimits>>, counters: Arc<Counters>) -> Self {
        let shared = shared.map(Circuit::new).map(Arc::new);
        if let Some(shared) = &shared {
            shared.reach_first().await;
        }
        Self { local: LocalLimits::default(), shared, counters }
    }

    /// Whether uses are counted for all nodes together now; `None` where they never are.
    pub(crate) fn are_shared(&self) -> Option<bool> {
        self.shared.as_ref().map(|shared| shared.is_closed())
    }

    /// What reaches the shared limits again whenever they were away, for as long as it runs.
    pub(crate) fn keep_reaching(&self) -> Option<impl Future<Output = ()> + Send + use<>> {
        let shared = self.shared.clone()?;
        Some(async move { shared.keep_reaching().await })
    }

    /// Counts a use on all limits, or on none. Waits only where limits are shared; when those are away, uses are counted
    /// here alone.
    pub(crate) async fn take(&self, limited: &Limited<'_>, cost: &Cost<'_>, now: Timestamp) -> Counted {
        if let Some(shared) = &self.shared {
            let ticks: Vec<_> = limited.ticks(cost).collect();
            let uses: Vec<_> = ticks.iter().copied().map(Tick::to_share).collect();
            if let Some(count) = shared.take(limited.owner.0, &uses).await {
                return Counted::together(&ticks, &count);
            }
            self.counters.count_limit_fallback();
        }
        self.local.take(limited, cost, now)
    }

    /// The same at once, where no limits are shared; nothing where they are.
    pub(crate) fn take_alone(
        &self,
        limited: &Limited<'_>,
        cost: &Cost<'_>,
        now: Timestamp,
    ) -> Option<Counted> {
        self.shared.is_none().then(|| self.local.take(limited, cost, now))
    }

    /// Forgets what has drained away.
    pub(crate) fn forget_passed(&self, now: Timestamp) {
        self.local.forget_passed(now);
    }
}

impl<'a> Tick<'a> {
    const fn to_share(self) -> SharedUse<'a> {
        SharedUse { subject: self.subject, limit: self.limit, cost: self.cost }
    }
}

impl Counted {
    fn together<'a>(ticks: &[Tick<'a>], count: &SharedCount) -> Self {
        let SharedCount { counted, in_use, now } = count;
        let state = |(tick, units): (&Tick<'a>, &f64)| (*tick, Gcra::of(tick.limit).in_use(*units, *now));
        let ticks = || ticks.iter().zip(in_use).map(state);
        // What was refused there stays refused, even if by rounding it would just have had room here.
        let refused =
            || self::count(ticks(), *now).1.unwrap_or(Full { retry_after: Duration::from_millis(1) });
        let refused = (!counted).then(refused);
        Self { states: ticks().map(|(tick, state)| told(&tick, state, *now)).collect(), refused }
    }
}

/// Counts a use on limits in these states: the states afterwards, and whether each had room.
fn count<'a>(
    ticks: impl Iterator<Item = (Tick<'a>, EmptyAt)>,
    now: Timestamp,
) -> (Vec<(Tick<'a>, EmptyAt)>, Option<Full>) {
    let mut refused: Option<Full> = None;
    let mut after = Vec::new();
    for (tick, state) in ticks {
        match Gcra::of(tick.limit).admit(state, now, tick.cost) {
            Ok(next) => after.push((tick, next)),
            Err(NoRoom { retry_after }) => {
                // What never fits is told to wait for a whole window: a shorter time would be a lie too.
                let wait = retry_after.unwrap_or(Duration::from_secs(tick.limit.window_seconds.into()));
                let longest = refused.map_or(wait, |full| full.retry_after.max(wait));
                refused = Some(Full { retry_after: longest });
                after.push((tick, state));
            }
        }
    }
    (after, refused)
}

fn told(tick: &Tick<'_>, state: EmptyAt, now: Timestamp) -> LimitState {
    let name = if tick.is_owners { format!("{OWNERS}{}", tick.limit.name) } else { tick.limit.name.clone() };
    LimitState {
        name,
        limit: tick.limit.limit,
        window_seconds: tick.limit.window_seconds,
        remaining: Gcra::of(tick.limit).remaining(state, now),
        reset_at: state.time(now),
    }
}
