//! The lots of this process, by key.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use keywright_domain::{CreditLotId, KeyId, Timestamp};
use keywright_store::ChangedRow;
use parking_lot::{Mutex, MutexGuard};

use super::lot::{Answered, Lot, Outcome, Spend};

/// Parts of the table, so that uses of different keys seldom wait for each other.
const PARTS: usize = 64;
/// A lot that was not used for so long is given back.
const IDLE_AFTER: Duration = Duration::from_mins(5);

/// All lots. There are no more than keys with credits that were used in the last minutes.
pub(crate) struct Lots {
    parts: [Mutex<HashMap<KeyId, Lot>>; PARTS],
    is_closed: AtomicBool,
    /// Lots that are not used any more and must be given back: again and again, until the store has said that it is done.
    ended: Mutex<Vec<(CreditLotId, u64)>>,
}

impl Default for Lots {
    fn default() -> Self {
        Self {
            parts: std::array::from_fn(|_| Mutex::default()),
            is_closed: AtomicBool::new(false),
            ended: Mutex::default(),
        }
    }
}

/// What is known of a key's lot.
pub(super) struct Glance {
    /// Its id.
    pub(super) lot: CreditLotId,
    /// Whether the lot is certainly not void.
    pub(super) is_trusted: bool,
    /// What it holds unused.
    pub(super) held: u64,
    /// Changes when credits begin to move between the store and the lot, and when they have moved.
    pub(super) version: u64,
    /// The move that is under way.
    pub(super) under_way: Option<Answered>,
}

impl Lots {
    fn part(&self, key: KeyId) -> MutexGuard<'_, HashMap<KeyId, Lot>> {
        // The last byte of a UUIDv7 is random.
        self.parts[usize::from(key.uuid().as_bytes()[15]) % PARTS].lock()
    }

    /// Tries to use credits; `None` when nothing is used any more because the process stops. `new_id`: a lot's, where
    /// the key has none here.
    pub(super) fn spend(
        &self,
        key: KeyId,
        cost: u64,
        now: Timestamp,
        new_id: impl FnOnce() -> CreditLotId,
    ) -> Option<Spend> {
        let mut part = self.part(key);
        if self.is_closed.load(Ordering::Acquire) {
            return None;
        }
        Some(part.entry(key).or_insert_with(|| Lot::new(new_id(), now)).spend(cost, now))
    }

    pub(super) fn answered(&self, key: KeyId, outcome: Outcome, now: Timestamp) {
        if let Some(lot) = self.part(key).get_mut(&key) {
            lot.answered(outcome, now);
        }
    }

    pub(super) fn refund(&self, key: KeyId, generation: u64, cost: u64) {
        if let Some(lot) = self.part(key).get_mut(&key) {
            lot.refund(generation, cost);
        }
    }

    /// What could be used of a key's credits, as far as is known here.
    pub(super) fn visible(&self, key: KeyId) -> Option<u64> {
        self.part(key).get(&key).map(Lot::visible)
    }

    /// What is known of a key's lot; none where nothing is.
    pub(super) fn glance(&self, key: KeyId, now: Timestamp) -> Option<Glance> {
        let part = self.part(key);
        part.get(&key).map(|lot| Glance {
            lot: lot.id,
            is_trusted: lot.is_trusted(now),
            held: lot.held(),
            version: lot.version,
            under_way: lot.under_way(),
        })
    }

    /// Takes note of changes that were read from the store, before they are put into the index.
    pub(crate) fn heard(&self, rows: &[ChangedRow]) {
        for row in rows {
            match row {
                ChangedRow::Key(key, _) => {
                    if let Some(lot) = self.part(key.id).get_mut(&key.id) {
                        lot.heard();
                    }
                }
                // Its days may begin at another time now.
                ChangedRow::Organization(_) => self.heard_of_everything(),
                _ => {}
            }
        }
    }

    /// Anything may have changed.
    pub(crate) fn heard_of_everything(&self) {
        for part in &self.parts {
            part.lock().values_mut().for_each(Lot::heard);
        }
    }

    /// Ends lots that have not been used for a while.
    pub(super) fn end_idle(&self, now: Timestamp) {
        self.end(|lot| lot.last_use.plus(IDLE_AFTER).has_passed(now));
    }

    /// Ends all lots, and lets nothing be used from here on. Waits for reservations that are under way.
    pub(super) async fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        loop {
            self.end(|_| true);
            let Some(mut under_way) = self.first_under_way() else { return };
            // An error says that nobody answers it any more; it has left the lot then.
            let _ = under_way.wait_for(Option::is_some).await;
        }
    }

    fn first_under_way(&self) -> Option<Answered> {
        self.parts.iter().find_map(|part| part.lock().values().find_map(Lot::under_way))
    }

    fn end(&self, which: impl Fn(&Lot) -> bool) {
        for part in &self.parts {
            let mut part = part.lock();
            let ended = part.extract_if(|_, lot| lot.under_way().is_none() && which(lot));
            self.ended.lock().extend(ended.map(|(_, lot)| lot.into_unused()));
            if part.capacity() > 4 * part.len().max(64) {
                part.shrink_to_fit();
            }
        }
    }

    /// Takes out the lots that are to be given back. Those that cannot be now are brought again.
    pub(super) fn take_ended(&self) -> Vec<(CreditLotId, u64)> {
        std::mem::take(&mut self.ended.lock())
    }

    pub(super) fn bring_again(&self, lots: Vec<(CreditLotId, u64)>) {
        self.ended.lock().extend(lots);
    }
}

/// Credits that are used up, and come back when this is dropped, unless the use is kept.
pub(crate) struct Spent {
    pub(super) lots: Arc<Lots>,
    pub(super) key: KeyId,
    pub(super) generation: u64,
    pub(super) cost: u64,
}

impl Spent {
    /// The use was let through.
    pub(crate) fn keep(mut self) {
        self.cost = 0;
    }
}

impl Drop for Spent {
    fn drop(&mut self) {
        if self.cost > 0 {
            self.lots.refund(self.key, self.generation, self.cost);
        }
    }
}
