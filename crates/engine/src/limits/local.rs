//! Limits counted on this node alone.

use std::collections::HashMap;

use keywright_domain::{EmptyAt, Gcra, Timestamp};
use parking_lot::{Mutex, MutexGuard};
use uuid::Uuid;

use super::{Cost, Counted, Limited, Tick, count, told};

/// Parts of the table, so that uses of different keys seldom wait for each other. A power of two.
const PARTS: usize = 256;

/// The states of the limits of one key or owner.
type States = Vec<State>;

/// The state of one limit.
struct State {
    /// The limit's name.
    name: Box<str>,
    /// The rate by which it was counted, which the limit may have had before it was changed.
    rate: Gcra,
    empty_at: EmptyAt,
}

/// The states of all limits that are in use: those of a key are forgotten once they have drained away, since that is the
/// same as never having been used. About 130 bytes a key that was used within its window.
///
/// A use takes the lock of one part, or of two (its key's and its owner's), for some hundred nanoseconds: so it is
/// counted on all its limits or on none, which single atomic states could not give without letting others see the
/// half of it.
pub(crate) struct LocalLimits {
    parts: Box<[Mutex<HashMap<Uuid, States>>]>,
}

impl Default for LocalLimits {
    fn default() -> Self {
        Self { parts: (0..PARTS).map(|_| Mutex::default()).collect() }
    }
}

impl LocalLimits {
    /// Counts a use on all limits, or on none.
    pub(crate) fn take(&self, limited: &Limited<'_>, cost: &Cost<'_>, now: Timestamp) -> Counted {
        let mut table = self.lock(limited);
        let ticks = limited.ticks(cost).map(|tick| (tick, table.state(&tick, now)));
        let (after, refused) = count(ticks, now);
        // A refused use is counted on no limit; those that had room are told as they stay.
        let states = after
            .iter()
            .map(|(tick, next)| {
                let state = if refused.is_some() { table.state(tick, now) } else { *next };
                told(tick, state, now)
            })
            .collect();
        if refused.is_none() {
            for (tick, next) in &after {
                table.set(tick, *next);
            }
        }
        Counted { states, refused }
    }

    /// Forgets what has drained away.
    pub(crate) fn forget_passed(&self, now: Timestamp) {
        for part in &self.parts {
            let mut part = part.lock();
            part.retain(|_, states| states.iter().any(|state| !state.empty_at.has_passed(now)));
            if part.capacity() > 4 * part.len().max(64) {
                part.shrink_to_fit();
            }
        }
    }

    fn lock(&self, limited: &Limited<'_>) -> Locked<'_> {
        let (of_key, of_owner) = (part_of(limited.key.0), part_of(limited.owner.0));
        // Always the lower one first, so that nobody waits in a circle.
        let lower = self.parts[of_key.min(of_owner)].lock();
        let higher = (of_key != of_owner).then(|| self.parts[of_key.max(of_owner)].lock());
        Locked { lower_part: of_key.min(of_owner), lower, higher }
    }
}

/// The parts that one use concerns.
struct Locked<'a> {
    lower_part: usize,
    lower: MutexGuard<'a, HashMap<Uuid, States>>,
    higher: Option<MutexGuard<'a, HashMap<Uuid, States>>>,
}

impl Locked<'_> {
    fn state(&self, tick: &Tick<'_>, now: Timestamp) -> EmptyAt {
        let part = match &self.higher {
            Some(higher) if part_of(tick.subject) != self.lower_part => higher,
            _ => &self.lower,
        };
        let states = part.get(&tick.subject);
        let known = states.and_then(|states| states.iter().find(|state| *state.name == *tick.limit.name));
        known.map_or(EmptyAt::NEVER_USED, |state| {
            Gcra::of(tick.limit).carry_over(state.empty_at, state.rate, now)
        })
    }

    fn set(&mut self, tick: &Tick<'_>, empty_at: EmptyAt) {
        let part = match &mut self.higher {
            Some(higher) if part_of(tick.subject) != self.lower_part => higher,
            _ => &mut self.lower,
        };
        let states = part.entry(tick.subject).or_default();
        let rate = Gcra::of(tick.limit);
        match states.iter_mut().find(|state| *state.name == *tick.limit.name) {
            Some(state) => (state.rate, state.empty_at) = (rate, empty_at),
            None => states.push(State { name: tick.limit.name.as_str().into(), rate, empty_at }),
        }
    }
}

/// The last bytes of a UUIDv7 are random.
fn part_of(subject: Uuid) -> usize {
    usize::from(subject.as_bytes()[15]) % PARTS
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use keywright_domain::RateLimit;

    use super::*;

    fn limit(name: &str, limit: u32, window_seconds: u32) -> RateLimit {
        RateLimit { name: name.to_owned(), limit, window_seconds }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + seconds * 1000)
    }

    const KEY: Uuid = Uuid::from_u128(7);
    const OWNER: Uuid = Uuid::from_u128(9);

    #[test]
    fn one_full_limit_refuses_the_use_on_all() {
        let limits = LocalLimits::default();
        let (of_key, of_owner) = ([limit("burst", 2, 1), limit("day", 100, 86_400)], [limit("all", 100, 60)]);
        let limited = Limited { key: (KEY, &of_key), owner: (OWNER, &of_owner) };
        let remaining =
            |counted: &Counted| -> Vec<u32> { counted.states.iter().map(|state| state.remaining).collect() };
        for left in [[1, 99, 99], [0, 98, 98]] {
            let counted = limits.take(&limited, &Cost::default(), at(0));
            assert_eq!((counted.refused, remaining(&counted)), (None, left.to_vec()));
        }
        let refused = limits.take(&limited, &Cost::default(), at(0));
        assert_eq!(refused.refused.unwrap().retry_after, Duration::from_millis(500));
        assert_eq!(remaining(&refused), [0, 98, 98]);
        assert_eq!(refused.states[2].name, "owner:all");
    }

    #[test]
    fn costs_are_by_name() {
        let limits = LocalLimits::default();
        let (of_key, of_owner) =
            ([limit("tokens", 100, 60), limit("default", 100, 60)], [limit("tokens", 100, 60)]);
        let limited = Limited { key: (KEY, &of_key), owner: (OWNER, &of_owner) };
        let take = |costs: &[(&str, u32)]| -> Vec<u32> {
            let counted = limits.take(&limited, &Cost { credits: 1, limits: costs }, at(0));
            counted.states.iter().map(|state| state.remaining).collect()
        };
        assert_eq!(take(&[("tokens", 10)]), [90, 99, 90]);
        assert_eq!(take(&[("tokens", 10), ("owner:tokens", 0), ("unknown", 1_000)]), [80, 98, 90]);
        assert_eq!(take(&[("tokens", 81)]), [80, 98, 90], "what does not fit is counted nowhere");
    }

    #[test]
    fn what_has_drained_away_is_forgotten_and_changes_nothing() {
        let limits = LocalLimits::default();
        let of_key = [limit("default", 1, 10)];
        let limited = Limited { key: (KEY, &of_key), owner: (OWNER, &[]) };
        assert!(limits.take(&limited, &Cost::default(), at(0)).refused.is_none());
        limits.forget_passed(at(9));
        assert!(limits.take(&limited, &Cost::default(), at(9)).refused.is_some());
        limits.forget_passed(at(10));
        assert!(limits.parts.iter().all(|part| part.lock().is_empty()));
        assert!(limits.take(&limited, &Cost::default(), at(10)).refused.is_none());
    }

    #[test]
    fn a_changed_limit_keeps_what_was_used() {
        let limits = LocalLimits::default();
        let (before, lower, higher) =
            ([limit("default", 10, 10)], [limit("default", 5, 10)], [limit("default", 12, 10)]);
        let take = |of_key: &[RateLimit]| {
            let limited = Limited { key: (KEY, of_key), owner: (OWNER, &[]) };
            limits.take(&limited, &Cost::default(), at(0)).refused.is_none()
        };
        for _ in 0..10 {
            assert!(take(&before));
        }
        assert!(!take(&lower), "lowering a limit does not empty it");
        assert_eq!([take(&higher), take(&higher), take(&higher)], [true, true, false]);
    }

    /// Whatever the interleaving, exactly the limit passes, and nothing of a refused use stays.
    #[test]
    fn many_at_once_never_pass_a_limit() {
        let limits = LocalLimits::default();
        let passed = AtomicU32::new(0);
        let of_owner = [limit("all", 1_000, 60)];
        std::thread::scope(|scope| {
            for caller in 0..128_u128 {
                let (limits, passed, of_owner) = (&limits, &passed, &of_owner);
                scope.spawn(move || {
                    // Sixteen keys of one owner: each may 100, all together 1000.
                    let of_key = [limit("default", 100, 60)];
                    let key = Uuid::from_u128(caller % 16 + 100);
                    let limited = Limited { key: (key, &of_key), owner: (OWNER, of_owner) };
                    for _ in 0..50 {
                        if limits.take(&limited, &Cost::default(), at(0)).refused.is_none() {
                            passed.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(passed.into_inner(), 1_000);
    }
}
