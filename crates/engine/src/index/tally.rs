//! Uses of keys as they are counted: one atomic increment each, in the record that the verification has just read.

use std::sync::atomic::{AtomicU32, Ordering};

use keywright_domain::{KeyId, OrganizationId, Timestamp};
use parking_lot::Mutex;

use super::table::Moves;

/// Parts of minutes that are over, in one shard: 12 bytes each, 12 MiB in all 256 shards. What ends beyond that is lost,
/// and told.
const MAX_ENDED: usize = 4096;
/// How long a count may stay in its record because there is no room for it elsewhere.
const MAX_WAIT_SECONDS: u32 = 600;
/// How long a shard may stand without its counts being taken. It takes a clock that jumps (or a machine that slept) to get
/// there; the next use then settles what is there first.
const MAX_STANDING_SECONDS: u32 = 1_200;

/// Set while the record is in its shard's list; all else is 0 while it is not, but for a use whose thread is about to
/// put it back into the list.
const LISTED: u32 = 1 << 31;
const SECOND_SHIFT: u32 = 19;
/// Seconds are told apart within a cycle of 68 minutes, half of it before and half of it after the last time that the
/// shard's counts were taken: those of listed records are at most [`MAX_WAIT_SECONDS`] before and [`MAX_STANDING_SECONDS`]
/// after it.
const CYCLE: u32 = 1 << 12;
const COUNT: u32 = (1 << SECOND_SHIFT) - 1;
/// A count of this size is handed on: as many threads again as this could add one before it overflowed.
const MANY: u32 = COUNT / 2;

/// A record's last noted use, by its second, and the uses since they were last taken, all in the minute of that second:
/// one word, so that no use is counted in another minute than its own.
#[derive(Debug, Default)]
pub(super) struct Tally(AtomicU32);

/// Records of a shard that were used lately.
#[derive(Debug, Default)]
pub(super) struct Touched {
    lists: Mutex<Lists>,
    /// The second in which the counts were taken last.
    taken_at: AtomicU32,
}

#[derive(Debug, Default)]
struct Lists {
    /// Positions of those whose tally holds a second, and perhaps a count.
    listed: Vec<u32>,
    ended: Vec<Ended>,
    lost: u64,
}

/// Uses of a record that are not in its tally any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) position: u32,
    pub(super) minute: u32,
    pub(super) count: u32,
}

/// Where counts go.
pub(crate) trait CountSink {
    /// Whether there is room for more.
    fn has_room(&self) -> bool;
    /// Takes so many uses of a key in a minute; counts them as lost where there is no room.
    fn take(&mut self, organization: OrganizationId, key: KeyId, minute: u32, count: u32);
    /// Takes note of uses that were lost before.
    fn lose(&mut self, count: u64);
}

/// What [`Tally::take`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Taken {
    minute: u32,
    count: u32,
    /// Whether the record stays in the list.
    stays: bool,
}

impl Tally {
    /// Notes a use of the record at `position`, and counts it if it counts; whether it is the first in its second. `of`
    /// gives the tallies of the shard by their positions.
    pub(super) fn note<'a>(
        &self,
        now: Timestamp,
        counts: bool,
        position: u32,
        touched: &Touched,
        of: impl Fn(u32) -> &'a Self,
    ) -> bool {
        let second = second_of(now);
        let taken_at = touched.settle(second, of);
        let mut seen = self.0.load(Ordering::Relaxed);
        if seen & !COUNT == word(second, 0) {
            self.add(second, counts, position, touched);
            return false;
        }
        loop {
            let mut ended = 0;
            let mut kept = count_in(seen);
            if seen & LISTED != 0 {
                let then = second_in(seen, taken_at);
                if then == second || then > second && then / 60 == second / 60 {
                    // Perhaps another thread read the clock after this one, and was here first.
                    self.add(second, counts, position, touched);
                    return false;
                }
                if then > second {
                    touched.end(Ended { position, minute: second / 60, count: u32::from(counts) });
                    return false;
                }
                if then / 60 != second / 60 {
                    (ended, kept) = (kept, 0);
                }
            }
            let next = word(second, kept + u32::from(counts));
            match self.0.compare_exchange_weak(seen, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) if seen & LISTED == 0 => touched.list(position),
                Ok(_) => {
                    touched.end(Ended { position, minute: second_in(seen, taken_at) / 60, count: ended });
                }
                Err(newer) => {
                    seen = newer;
                    continue;
                }
            }
            return true;
        }
    }

    /// Adds a use to the count, which was just seen to be of this second's minute.
    fn add(&self, second: u32, counts: bool, position: u32, touched: &Touched) {
        if !counts {
            return;
        }
        let mut seen = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        // Meanwhile the record may have been taken off the list: it goes back, with this use.
        while seen & LISTED == 0 {
            let next = word(second, count_in(seen));
            match self.0.compare_exchange_weak(seen, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return touched.list(position),
                Err(newer) => seen = newer,
            }
        }
        while count_in(seen) > MANY {
            let minute = second_in(seen, second) / 60;
            match self.0.compare_exchange_weak(seen, seen & !COUNT, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return touched.end(Ended { position, minute, count: count_in(seen) }),
                Err(newer) => seen = newer,
            }
        }
    }

    /// Takes the count of a record that was on the list. It goes back there while its second is not over, or where
    /// there is no room for its count.
    fn take(&self, second: u32, taken_at: u32, has_room: bool) -> Taken {
        let mut seen = self.0.load(Ordering::Relaxed);
        loop {
            let then = second_in(seen, taken_at);
            let (minute, count) = (then / 60, count_in(seen));
            if count > 0 && !has_room && second.saturating_sub(then) < MAX_WAIT_SECONDS {
                return Taken { minute, count: 0, stays: true };
            }
            let stays = then >= second;
            let next = if stays { seen & !COUNT } else { 0 };
            match self.0.compare_exchange_weak(seen, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Taken { minute, count, stays },
                Err(newer) => seen = newer,
            }
        }
    }
}

impl Touched {
    /// Follows the records to where they went.
    pub(super) fn follow(&mut self, moves: &Moves) {
        let Lists { listed, ended, .. } = self.lists.get_mut();
        let positions = listed.iter_mut().chain(ended.iter_mut().map(|ended| &mut ended.position));
        positions.for_each(|position| *position = moves.of(*position));
    }

    fn list(&self, position: u32) {
        self.lists.lock().listed.push(position);
    }

    fn end(&self, ended: Ended) {
        if ended.count == 0 {
            return;
        }
        let mut lists = self.lists.lock();
        let last = lists.ended.last_mut();
        if let Some(last) = last.filter(|last| (last.position, last.minute) == (ended.position, ended.minute))
        {
            last.count = last.count.saturating_add(ended.count);
        } else if lists.ended.len() < MAX_ENDED {
            lists.ended.push(ended);
        } else {
            lists.lost += u64::from(ended.count);
        }
    }

    /// Makes an end of what the records hold, where they have held it for so long that their seconds soon could not be
    /// told apart; when the counts were taken last.
    fn settle<'a>(&self, second: u32, of: impl Fn(u32) -> &'a Tally) -> u32 {
        let stands_too_long = |taken_at: u32| second.saturating_sub(taken_at) > MAX_STANDING_SECONDS;
        let taken_at = self.taken_at.load(Ordering::Acquire);
        if !stands_too_long(taken_at) {
            return taken_at;
        }
        let mut lists = self.lists.lock();
        let taken_at = self.taken_at.load(Ordering::Acquire);
        if !stands_too_long(taken_at) {
            return taken_at;
        }
        for position in std::mem::take(&mut lists.listed) {
            let Taken { minute, count, .. } = of(position).take(second, taken_at, true);
            if count > 0 {
                lists.ended.push(Ended { position, minute, count });
            }
        }
        self.taken_at.store(second, Ordering::Release);
        second
    }

    /// Takes the counts and hands them on, while `has_room` says that there is room; those that there is none for stay
    /// where they are for a while. How many uses were lost since the last time.
    pub(super) fn take<'a>(
        &self,
        now: Timestamp,
        of: impl Fn(u32) -> &'a Tally,
        sink: &mut impl FnMut(Option<Ended>) -> bool,
    ) -> u64 {
        let second = second_of(now);
        let taken_at = self.settle(second, &of);
        let Lists { mut listed, ended, lost } = std::mem::take(&mut *self.lists.lock());
        for ended in ended {
            sink(Some(ended));
        }
        listed.retain(|&position| {
            let has_room = sink(None);
            let Taken { minute, count, stays } = of(position).take(second, taken_at, has_room);
            if count > 0 {
                sink(Some(Ended { position, minute, count }));
            }
            stays
        });
        if !listed.is_empty() {
            self.lists.lock().listed.append(&mut listed);
        }
        self.taken_at.fetch_max(second, Ordering::AcqRel);
        lost
    }
}

fn second_of(now: Timestamp) -> u32 {
    // Until the year 2106; from then on all uses count in its last second.
    u32::try_from(now.as_seconds().max(0)).unwrap_or(u32::MAX)
}

const fn word(second: u32, count: u32) -> u32 {
    LISTED | (second % CYCLE) << SECOND_SHIFT | count
}

const fn count_in(word: u32) -> u32 {
    word & COUNT
}

/// The second of a word: the one within half a cycle of `now` that it can be.
const fn second_in(word: u32, now: u32) -> u32 {
    let ahead = ((word & !LISTED) >> SECOND_SHIFT).wrapping_sub(now) % CYCLE;
    if ahead < CYCLE / 2 { now.saturating_add(ahead) } else { now.saturating_sub(CYCLE - ahead) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1000)
    }

    /// One record of a shard.
    #[derive(Default)]
    struct One(Tally, Touched);

    impl One {
        fn note(&self, second: i64, counts: bool) -> bool {
            self.0.note(at(second), counts, 7, &self.1, |_| &self.0)
        }

        /// Takes all that is there, by minute; and how many were lost.
        fn take(&self, second: i64, has_room: bool) -> (BTreeMap<u32, u32>, u64) {
            let mut counts = BTreeMap::new();
            let mut sink = |ended: Option<Ended>| {
                if let Some(Ended { minute, count, .. }) = ended {
                    *counts.entry(minute).or_default() += count;
                }
                has_room
            };
            let lost = self.1.take(at(second), |_| &self.0, &mut sink);
            assert!(self.1.lists.lock().listed.len() <= 1, "a record is listed once");
            (counts, lost)
        }

        fn taken(&self, second: i64) -> BTreeMap<u32, u32> {
            let (counts, lost) = self.take(second, true);
            assert_eq!(lost, 0);
            counts
        }
    }

    #[test]
    fn a_use_is_the_first_in_its_second_once() {
        let one = One::default();
        assert_eq!([one.note(100, true), one.note(100, true), one.note(101, false)], [true, false, true]);
        assert!(!one.note(100, true), "an earlier second is no new one");
        assert_eq!(one.taken(101), BTreeMap::from([(1, 3)]));
        assert!(!one.note(101, true), "its second is not over");
        assert_eq!(one.taken(102), BTreeMap::from([(1, 1)]));
        assert_eq!(one.taken(103), BTreeMap::new());
        // A cycle later, to the second.
        assert!(one.note(101 + i64::from(CYCLE), true));
    }

    #[test]
    fn what_has_no_room_waits_and_then_is_told_all_the_same() {
        let one = One::default();
        one.note(100, true);
        let waited = i64::from(MAX_WAIT_SECONDS);
        for second in [100, 101, 400, 99 + waited] {
            assert_eq!(one.take(second, false), (BTreeMap::new(), 0));
        }
        assert_eq!(one.take(100 + waited, false), (BTreeMap::from([(1, 1)]), 0));
    }

    #[test]
    fn what_cannot_be_kept_is_told() {
        let one = One::default();
        let minutes = i64::try_from(MAX_ENDED).unwrap() + 3;
        for minute in 1..=minutes {
            one.note(60 * minute, true);
        }
        let (counts, lost) = one.take(60 * minutes, true);
        assert_eq!(u64::try_from(counts.len()).unwrap() + lost, u64::try_from(minutes).unwrap());
        assert!(lost > 0);
    }

    #[test]
    fn a_clock_that_jumps_confuses_no_minutes() {
        let one = One::default();
        let mut expected = BTreeMap::new();
        let mut second = 1_000;
        for jump in [1_199, 1_201, 2_048, 2_049, 4_095, 4_096, 4_097, 100_000, 60, 4_096] {
            for _ in 0..3 {
                one.note(second, true);
                *expected.entry(u32::try_from(second / 60).unwrap()).or_default() += 1;
            }
            // Whether it was noted in this second already depends on nothing else.
            assert_eq!((one.note(second + 1, false), one.note(second + 1, false)), (true, false), "{jump}");
            second += jump;
        }
        assert_eq!(one.taken(second), expected);
    }

    #[test]
    fn many_uses_in_a_second_are_counted_to_the_last() {
        let one = One::default();
        let uses = MANY * 2 + 10;
        for _ in 0..uses {
            one.note(60, true);
        }
        assert_eq!(one.taken(61), BTreeMap::from([(1, uses)]));
    }

    #[test]
    fn threads_lose_nothing() {
        let one = One::default();
        let per_thread = 20_000_i64;
        let sum =
            |(counts, lost): (BTreeMap<u32, u32>, u64)| u64::from(counts.into_values().sum::<u32>()) + lost;
        let mut counted = std::thread::scope(|scope| {
            let note = |offset: i64| {
                let one = &one;
                move || (0..per_thread).for_each(|turn| _ = one.note(600 + (turn + offset) / 100, true))
            };
            let threads = [0, 37, 5_000].map(|offset| scope.spawn(note(offset)));
            let mut counted = 0;
            while threads.iter().any(|thread| !thread.is_finished()) {
                counted += sum(one.take(700, true));
            }
            counted
        });
        counted += sum(one.take(900, true));
        assert_eq!(counted, 3 * u64::try_from(per_thread).unwrap());
    }

    proptest! {
        /// Whatever the order of seconds, and whenever counts are taken: every use is counted once, in its own minute.
        #[test]
        fn every_use_counts_in_its_minute(
            uses in prop::collection::vec((4_000..4_400_i64, any::<bool>(), any::<bool>()), 0..200),
        ) {
            let one = One::default();
            let (mut expected, mut counted) = (BTreeMap::new(), BTreeMap::<u32, u32>::new());
            let mut add = |counts: BTreeMap<u32, u32>| {
                for (minute, count) in counts {
                    *counted.entry(minute).or_default() += count;
                }
            };
            for (second, counts, takes) in uses {
                one.note(second, counts);
                if counts {
                    *expected.entry(u32::try_from(second / 60).unwrap()).or_default() += 1;
                }
                if takes {
                    add(one.taken(second));
                }
            }
            add(one.taken(4_400));
            prop_assert_eq!(counted, expected);
        }
    }
}
