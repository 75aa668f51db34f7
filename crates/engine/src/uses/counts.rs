//! How often each key was answered what, by minute.
//!
//! Uses that are let through are counted in the index; what is counted here is the rest, which is rare beside them.
//! Every two seconds all of it is gathered and written.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use keywright_domain::{BatchId, KeyId, OrganizationId, Timestamp};
use keywright_store::{Gathered, Store, StoreError, UsageCount};
use parking_lot::Mutex;

use super::outbox::Outbox;
use crate::index::{CountSink, Index};
use crate::verify::VALID;

/// Parts of the counts that the index does not hold, so that answers about different keys seldom wait for each other.
const PARTS: usize = 16;
/// Counts in one part: sixteen times this many entries of about 80 bytes are 10 MB.
const MAX_IN_PART: usize = 8_192;
/// Counts that wait for the store: entries of about 100 bytes, 50 MB. It takes half a million different keys within two
/// seconds, or a store that is away, to get there; counts then wait in the index for up to ten minutes.
const MAX_WAITING: usize = 500_000;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Counted {
    organization: OrganizationId,
    minute: u32,
    key: KeyId,
    outcome: &'static str,
}

/// The ids in them are random and ours: nobody gains by choosing them so that they collide.
type Counts = HashMap<Counted, u64, foldhash::fast::RandomState>;

/// Counts since the last write.
#[derive(Default)]
pub(super) struct UsageCounts {
    parts: [Mutex<Counts>; PARTS],
    waiting: Mutex<Waiting>,
    dropped: AtomicU64,
}

/// Counts on their way to the store.
#[derive(Default)]
struct Waiting {
    gathered: Counts,
    /// The same in the order in which they lie in the store.
    sorted: Outbox<UsageCount>,
    dropped: u64,
}

impl UsageCounts {
    /// Counts an answer; whether it is the first like it since the last write.
    pub(super) fn count(
        &self,
        organization: OrganizationId,
        key: KeyId,
        outcome: &'static str,
        now: Timestamp,
    ) -> bool {
        let counted = Counted { organization, minute: minute_of(now), key, outcome };
        // The last byte of a UUIDv7 is random.
        let mut part = self.parts[usize::from(key.uuid().as_bytes()[15]) % PARTS].lock();
        if let Some(count) = part.get_mut(&counted) {
            *count += 1;
            return false;
        }
        if part.len() < MAX_IN_PART {
            part.insert(counted, 1);
        } else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        true
    }

    /// Answers that were not counted.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Counts that wait to be written. Uses that are let through are in the index until they are gathered.
    pub(super) fn waiting(&self) -> usize {
        let waiting = self.waiting.lock();
        let gathered = waiting.gathered.len() + waiting.sorted.unconfirmed();
        drop(waiting);
        self.parts.iter().map(|part| part.lock().len()).sum::<usize>() + gathered
    }

    /// Gathers all counts.
    pub(super) fn gather(&self, index: &Index, now: Timestamp) {
        let mut waiting = self.waiting.lock();
        index.take_counts(now, &mut *waiting);
        for part in &self.parts {
            let counts = std::mem::take(&mut *part.lock());
            for (counted, count) in counts {
                waiting.add(counted, count);
            }
        }
        self.dropped.fetch_add(std::mem::take(&mut waiting.dropped), Ordering::Relaxed);
    }

    /// Writes some of what was gathered, under a new name; whether there was any. What the store does not take is kept for
    /// the next time.
    pub(super) async fn write_some(
        &self,
        store: &dyn Store,
        at_most: usize,
        now: Timestamp,
        name: impl Fn() -> BatchId,
    ) -> Result<bool, StoreError> {
        let batch = self.waiting.lock().next(at_most, now, name);
        let Some(batch) = batch else { return Ok(false) };
        store.record_usage(batch).await?;
        self.waiting.lock().sorted.confirm();
        Ok(true)
    }

    /// How much of the room for what waits is taken, in percent.
    pub(super) fn fullness(&self) -> usize {
        self.waiting.lock().len() * 100 / MAX_WAITING
    }
}

impl Waiting {
    fn len(&self) -> usize {
        self.gathered.len() + self.sorted.waiting()
    }

    fn add(&mut self, counted: Counted, count: u64) {
        if self.len() >= MAX_WAITING && !self.gathered.contains_key(&counted) {
            self.dropped += count;
        } else {
            *self.gathered.entry(counted).or_default() += count;
        }
    }

    /// The batch to write next. What was gathered follows when all is written that was sorted before: so it is added up
    /// as long as the store takes nothing.
    fn next(
        &mut self,
        at_most: usize,
        now: Timestamp,
        name: impl Fn() -> BatchId,
    ) -> Option<Gathered<UsageCount>> {
        if self.sorted.is_empty() {
            let mut counts: Vec<_> = std::mem::take(&mut self.gathered).into_iter().collect();
            counts.sort_unstable();
            let rows = counts.into_iter().map(|(counted, count)| {
                let Counted { organization, minute, key, outcome } = counted;
                UsageCount { organization, key, minute: i64::from(minute), outcome, count }
            });
            self.sorted.put(rows.collect());
        }
        self.sorted.next(at_most, now, name)
    }
}

impl CountSink for Waiting {
    fn has_room(&self) -> bool {
        self.len() < MAX_WAITING
    }

    fn take(&mut self, organization: OrganizationId, key: KeyId, minute: u32, count: u32) {
        self.add(Counted { organization, minute, key, outcome: VALID }, u64::from(count));
    }

    fn lose(&mut self, count: u64) {
        self.dropped += count;
    }
}

fn minute_of(now: Timestamp) -> u32 {
    u32::try_from(now.as_minutes().max(0)).unwrap_or(u32::MAX)
}
