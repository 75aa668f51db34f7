//! The credits that a key has: how they are reserved in lots, filled up, set and added to.
//!
//! A use does not count the budget down itself. Whoever answers uses reserves a lot: from then on those credits are no
//! longer in the budget, so that nobody else can use them, and are used up in memory. What of a lot is not used is put
//! back.

use serde::{Deserialize, Serialize};

use crate::{Credits, Refill, TimeZone, Timestamp};

/// The most credits of a key: numbers up to this are exact in every JSON reader.
pub const MAX_CREDITS: u64 = (1 << 53) - 1;
/// The largest lot, unless one use costs more.
const MAX_LOT: u64 = 1_000;
/// A lot is this part of what is there, so that a few who hold lots leave enough for the others.
const LOT_PART: u64 = 16;

/// What a key has, as it lasts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// What is neither used nor reserved, at most [`MAX_CREDITS`].
    pub remaining: u64,
    /// How it is filled up again, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refill: Option<Refill>,
    /// What is few enough to be told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_threshold: Option<u64>,
    /// When it was last set or filled up: the next refill is the first one after.
    pub since: Timestamp,
}

impl Budget {
    /// The budget of a key that is given credits now.
    pub fn new(credits: Credits, now: Timestamp) -> Self {
        let Credits { remaining, refill, low_threshold } = credits;
        Self { remaining, refill, low_threshold, since: now }
    }

    /// When it is filled up next.
    pub fn next_refill(&self, zone: &TimeZone) -> Option<Timestamp> {
        self.refill.as_ref().and_then(|refill| zone.next_start(refill.interval, self.since))
    }

    /// Fills it up if that is due, and says whether it was: up to the refill's amount, and never down. However many
    /// refills were missed, it comes to one. `held`: credits in a lot whose holder asks; they count as put back then.
    pub fn fill_up_if_due(&mut self, held: u64, now: Timestamp, zone: &TimeZone) -> bool {
        let Some(refill) = &self.refill else { return false };
        if !self.next_refill(zone).is_some_and(|at| at.has_passed(now)) {
            return false;
        }
        self.remaining = self.remaining.saturating_add(held).clamp(refill.amount, MAX_CREDITS);
        self.since = now;
        true
    }

    /// Takes out what a lot that holds `held` already is to get on top, for a use that costs `at_least`: 0 when there is
    /// not enough for that. `wanted`: what uses cost that wait at this moment.
    pub fn reserve(&mut self, held: u64, at_least: u64, wanted: u64) -> u64 {
        let all = self.remaining.saturating_add(held);
        if all < at_least {
            return 0;
        }
        let lot = (all / LOT_PART).max(wanted).clamp(1, MAX_LOT).max(at_least);
        let extra = lot.saturating_sub(held).min(self.remaining);
        self.remaining -= extra;
        extra
    }

    /// Puts back what of a lot was not used.
    pub fn put_back(&mut self, unused: u64) {
        self.remaining = self.remaining.saturating_add(unused).min(MAX_CREDITS);
    }

    /// Whether so little remains that somebody is to be told.
    pub fn is_low(&self) -> bool {
        self.low_threshold.is_some_and(|threshold| self.remaining <= threshold)
    }

    /// The credits as they are at a time, for somebody who asks: `held` are reserved and not used, and a refill that is due
    /// counts, though nobody has come to do it yet.
    #[must_use]
    pub fn seen(mut self, held: u64, now: Timestamp, zone: &TimeZone) -> Self {
        if !self.fill_up_if_due(held, now, zone) {
            self.put_back(held);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::RefillInterval;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn budget(remaining: u64) -> Budget {
        let credits = Credits { remaining, refill: None, low_threshold: None };
        Budget::new(credits, at("2026-11-21T09:30:00Z"))
    }

    fn daily(remaining: u64, amount: u64) -> Budget {
        Budget { refill: Some(Refill { amount, interval: RefillInterval::Daily }), ..budget(remaining) }
    }

    #[test]
    fn a_lot_is_a_sixteenth_and_at_least_what_is_needed() {
        for (remaining, held, at_least, wanted, extra) in [
            (0, 0, 1, 1, 0),
            (1, 0, 1, 1, 1),
            (15, 0, 1, 1, 1),
            (32, 0, 1, 1, 2),
            (16_000, 0, 1, 1, 1_000),
            (MAX_CREDITS, 0, 1, 1, 1_000),
            (100, 0, 50, 50, 50),
            (100, 0, 101, 101, 0),
            (100, 3, 50, 50, 47),
            (97, 5, 102, 102, 97),
            (160, 0, 0, 0, 10),
            (160, 100, 1, 1, 0),
            (31, 0, 1, 20, 20),
            (31, 0, 1, 50, 31),
            (5_000, 0, 1, 3_000, 1_000),
            (5_000, 0, 2_000, 3_000, 2_000),
        ] {
            let mut budget = budget(remaining);
            let reserved = budget.reserve(held, at_least, wanted);
            assert_eq!(reserved, extra, "of {remaining}, {held} held, for {at_least}, {wanted} wanted");
            assert_eq!(budget.remaining, remaining - extra);
        }
    }

    #[test]
    fn a_refill_fills_up_and_never_takes_away() {
        let zone = TimeZone::default();
        let midnight = at("2026-11-22T00:00:00Z");
        for (remaining, held, after) in [(3, 0, 10), (3, 5, 10), (3, 9, 12), (25, 0, 25)] {
            let mut budget = daily(remaining, 10);
            assert!(!budget.fill_up_if_due(held, at("2026-11-21T23:59:59.999Z"), &zone));
            assert_eq!(budget.remaining, remaining);
            assert!(budget.fill_up_if_due(held, midnight, &zone));
            assert_eq!(budget.remaining, after);
            assert!(!budget.fill_up_if_due(0, midnight, &zone), "once");
        }
    }

    #[test]
    fn many_missed_refills_come_to_one() {
        let zone = TimeZone::default();
        let mut budget = daily(0, 10);
        assert!(budget.fill_up_if_due(0, at("2027-03-05T12:00:00Z"), &zone));
        assert_eq!(budget.remaining, 10);
        assert_eq!(budget.next_refill(&zone), Some(at("2027-03-06T00:00:00Z")));
    }

    #[test]
    fn who_looks_sees_what_could_be_used() {
        let zone = TimeZone::default();
        assert_eq!(daily(3, 10).seen(2, at("2026-11-21T12:00:00Z"), &zone).remaining, 5);
        assert_eq!(daily(3, 10).seen(2, at("2026-11-22T12:00:00Z"), &zone).remaining, 10);
    }

    proptest! {
        #[test]
        fn a_reservation_neither_makes_nor_loses_credits(
            remaining in 0..=MAX_CREDITS, held in 0_u64..5_000, at_least in 0_u64..5_000, wanted: u64,
        ) {
            let mut budget = budget(remaining);
            let extra = budget.reserve(held, at_least, wanted);
            prop_assert_eq!(budget.remaining + extra, remaining);
            prop_assert_eq!(held + extra >= at_least, remaining + held >= at_least);
            prop_assert!(held + extra <= held.max(1_000).max(at_least));
        }
    }
}
