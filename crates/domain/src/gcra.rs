//! The generic cell rate algorithm (ITU-T I.371, annex A, as virtual scheduling): a limit whose whole state is one point
//! in time, namely when all that was used has drained away again.

use std::time::Duration;

use crate::metering::RateLimit;
use crate::time::Timestamp;

const NANOS_PER_MILLI: i64 = 1_000_000;

/// A rate with a burst: at most `burst` units at once, and one more each `interval`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gcra {
    interval_ns: i64,
    /// How far the time of emptiness may lie ahead: `burst` intervals.
    reach_ns: i64,
}

/// When what was used has drained away: nanoseconds since 1970-01-01T00:00:00Z. In the past: nothing is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EmptyAt(i64);

/// There is no room for a use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRoom {
    /// When there will be, if nothing else is used meanwhile; `None`: never, it costs more than the limit.
    pub retry_after: Option<Duration>,
}

impl Gcra {
    /// The rate of a limit. An interval is rounded down to a whole nanosecond, so that over a long time at most
    /// `limit / (window in ns)` of the limit is let through beyond it: one use in 16,000 at 60,000 uses a second.
    pub fn of(limit: &RateLimit) -> Self {
        Self::new(limit.limit, Duration::from_secs(u64::from(limit.window_seconds)) / limit.limit.max(1))
    }

    /// A burst, and an interval of at least one nanosecond.
    pub fn new(burst: u32, interval: Duration) -> Self {
        let interval_ns = i64::try_from(interval.as_nanos()).unwrap_or(i64::MAX).max(1);
        Self { interval_ns, reach_ns: interval_ns.saturating_mul(i64::from(burst)) }
    }

    /// The state after a use of `cost` units at `now`, if there is room for it.
    pub fn admit(self, state: EmptyAt, now: Timestamp, cost: u32) -> Result<EmptyAt, NoRoom> {
        let now_ns = nanos(now);
        let needed_ns = self.interval_ns.saturating_mul(i64::from(cost));
        let empty_at = state.0.max(now_ns).saturating_add(needed_ns);
        let over_ns = empty_at.saturating_sub(now_ns).saturating_sub(self.reach_ns);
        if over_ns <= 0 {
            return Ok(EmptyAt(empty_at));
        }
        let fits_ever = needed_ns <= self.reach_ns;
        Err(NoRoom {
            retry_after: fits_ever.then(|| Duration::from_nanos(u64::try_from(over_ns).unwrap_or(u64::MAX))),
        })
    }

    /// The state under this rate after one under another, for a limit that was changed: as many units stay in use, at
    /// most all. So a limit that is raised has room at once, and one that is lowered is not made empty by it.
    #[must_use]
    pub fn carry_over(self, state: EmptyAt, from: Self, now: Timestamp) -> EmptyAt {
        if self == from || state.has_passed(now) {
            return state;
        }
        let now_ns = nanos(now);
        let used_ns = i128::from(state.0.saturating_sub(now_ns));
        let used_ns = used_ns * i128::from(self.interval_ns) / i128::from(from.interval_ns);
        let used_ns = i64::try_from(used_ns).map_or(self.reach_ns, |used_ns| used_ns.min(self.reach_ns));
        EmptyAt(now_ns.saturating_add(used_ns))
    }

    /// The state in which so many units are in use at `now`: for a state that was kept as that number elsewhere.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounded down, and at most all units' time, which is an i64"
    )]
    #[expect(
        clippy::cast_precision_loss,
        reason = "intervals above 2^53 ns are those of windows above a hundred days"
    )]
    pub fn in_use(self, units: f64, now: Timestamp) -> EmptyAt {
        let used_ns = (units * self.interval_ns as f64) as i64;
        EmptyAt(nanos(now).saturating_add(used_ns.clamp(0, self.reach_ns)))
    }

    /// How many units could be used at `now`.
    pub fn remaining(self, state: EmptyAt, now: Timestamp) -> u32 {
        let used_ns = state.0.saturating_sub(nanos(now)).max(0);
        u32::try_from((self.reach_ns - used_ns).max(0) / self.interval_ns).unwrap_or(u32::MAX)
    }
}

impl EmptyAt {
    /// Nothing was ever used.
    pub const NEVER_USED: Self = Self(i64::MIN);

    /// When everything has drained away, at the earliest `now`; rounded up to a millisecond.
    pub fn time(self, now: Timestamp) -> Timestamp {
        Timestamp::from_millis(self.0.saturating_add(NANOS_PER_MILLI - 1).div_euclid(NANOS_PER_MILLI))
            .max(now)
    }

    /// Whether it is the same as if nothing had ever been used.
    pub fn has_passed(self, now: Timestamp) -> bool {
        self.0 <= nanos(now)
    }
}

const fn nanos(time: Timestamp) -> i64 {
    time.as_millis().saturating_mul(NANOS_PER_MILLI)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn limit(limit: u32, window_seconds: u32) -> RateLimit {
        RateLimit { name: "default".to_owned(), limit, window_seconds }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + millis)
    }

    #[test]
    fn the_whole_limit_at_once_then_one_each_interval() {
        let rate = Gcra::of(&limit(3, 30));
        let mut state = EmptyAt::NEVER_USED;
        for left in [2, 1, 0] {
            state = rate.admit(state, at(0), 1).unwrap();
            assert_eq!(rate.remaining(state, at(0)), left);
        }
        assert_eq!(rate.admit(state, at(0), 1), Err(NoRoom { retry_after: Some(Duration::from_secs(10)) }));
        assert!(rate.admit(state, at(9_999), 1).is_err());
        state = rate.admit(state, at(10_000), 1).unwrap();
        assert_eq!(state.time(at(10_000)), at(40_000));
    }

    #[test]
    fn a_use_that_costs_more_than_the_limit_never_fits() {
        let rate = Gcra::of(&limit(3, 30));
        assert_eq!(rate.admit(EmptyAt::NEVER_USED, at(0), 4), Err(NoRoom { retry_after: None }));
        assert!(rate.admit(EmptyAt::NEVER_USED, at(0), 3).is_ok());
    }

    #[test]
    fn a_use_that_costs_nothing_always_fits() {
        let rate = Gcra::of(&limit(1, 30));
        let full = rate.admit(EmptyAt::NEVER_USED, at(0), 1).unwrap();
        assert_eq!(rate.admit(full, at(0), 0), Ok(full));
    }

    #[test]
    fn a_changed_limit_keeps_the_units_in_use() {
        let before = Gcra::of(&limit(10, 60));
        let state = before.admit(EmptyAt::NEVER_USED, at(0), 8).unwrap();
        for (changed, left) in
            [(limit(100, 60), 92), (limit(10, 3_600), 2), (limit(8, 60), 0), (limit(5, 60), 0)]
        {
            let after = Gcra::of(&changed);
            assert_eq!(after.remaining(after.carry_over(state, before, at(0)), at(0)), left, "{changed:?}");
        }
        let lower = Gcra::of(&limit(5, 60));
        let full = lower.carry_over(state, before, at(0));
        let wait = Duration::from_secs(12);
        assert_eq!(
            lower.admit(full, at(0), 1),
            Err(NoRoom { retry_after: Some(wait) }),
            "no more than all is in use"
        );
        assert_eq!(lower.carry_over(state, before, at(48_000)), state, "all has drained away");
    }

    proptest! {
        /// Units that are in use are no longer left, whatever the limit.
        #[test]
        fn units_in_use_are_not_left(uses in 1_u32..5_000_000, window_seconds in 1_u32..2_678_400, part in 0.0..1.0) {
            let rate = Gcra::of(&limit(uses, window_seconds));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a u32")]
            let used = (f64::from(uses) * part) as u32;
            prop_assert_eq!(rate.remaining(rate.in_use(f64::from(used), at(7)), at(7)), uses - used);
            prop_assert_eq!(rate.remaining(rate.in_use(f64::from(uses) + 0.5, at(7)), at(7)), 0);
        }

        /// At one moment exactly the limit fits, however large limit and window are.
        #[test]
        fn exactly_the_limit_fits_at_once(uses in 1_u32..2_000, window_seconds in 1_u32..2_678_400) {
            let rate = Gcra::of(&limit(uses, window_seconds));
            let mut state = EmptyAt::NEVER_USED;
            for _ in 0..uses {
                state = rate.admit(state, at(0), 1).expect("it is within the limit");
            }
            prop_assert!(rate.admit(state, at(0), 1).is_err());
            prop_assert_eq!(rate.remaining(state, at(0)), 0);
        }

        /// Whoever waits as told gets in, and a millisecond earlier does not where that is a whole one.
        #[test]
        fn waiting_as_told_is_enough(uses in 1_u32..50, window_seconds in 1_u32..100, cost in 1_u32..50) {
            let rate = Gcra::of(&limit(uses, window_seconds));
            let full = rate.admit(EmptyAt::NEVER_USED, at(0), uses).unwrap();
            if let Err(NoRoom { retry_after: Some(wait) }) = rate.admit(full, at(0), cost) {
                let millis = i64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap();
                prop_assert!(rate.admit(full, at(millis), cost).is_ok());
                prop_assert!(millis <= 1 || rate.admit(full, at(millis - 2), cost).is_err());
            } else {
                prop_assert!(cost > uses);
            }
        }

        /// Whatever is asked when, in any window at most twice the limit passes, and over k windows k + 1 times the limit.
        #[test]
        fn over_time_the_rate_holds(asks in proptest::collection::vec((0_i64..400, 0_u32..4), 1..300)) {
            let rate = Gcra::of(&limit(10, 1));
            let (mut state, mut time, mut passed) = (EmptyAt::NEVER_USED, 0, 0_u32);
            for (wait, cost) in asks {
                time += wait;
                if let Ok(next) = rate.admit(state, at(time), cost) {
                    state = next;
                    passed += cost;
                }
            }
            prop_assert!(i64::from(passed) <= 10 + time / 100);
        }
    }
}
