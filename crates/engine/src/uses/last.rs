//! When, from where and with what each key was used last.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use keywright_domain::KeyId;
use keywright_store::{KeyUse, Store, StoreError};
use parking_lot::Mutex;

/// Parts of the log, so that uses of different keys seldom wait for each other.
const PARTS: usize = 16;
/// Uses that one part holds until they are gathered: sixteen times this many entries of 72 bytes and a User-Agent are
/// 100 MB, which it takes half a million uses a second to get to, or a database that answers nothing.
const MAX_IN_PART: usize = 65_536;
/// Last uses that wait for the store: 150 MB of table at the most, and as many User-Agents of 1 KiB at the very most.
const MAX_WAITING: usize = 1_000_000;

/// Uses since the last write, in the order in which they came: at most one a key and second.
#[derive(Default)]
pub(super) struct UseLog {
    parts: [Mutex<Vec<(KeyId, KeyUse)>>; PARTS],
    waiting: Mutex<Waiting>,
    dropped: AtomicU64,
}

/// Last uses on their way to the store.
#[derive(Default)]
struct Waiting {
    newest: HashMap<KeyId, KeyUse, foldhash::fast::RandomState>,
    /// Earlier ones in the order of keys, in which they lie in the store; the first last.
    sorted: Vec<(KeyId, KeyUse)>,
}

impl UseLog {
    /// Notes a use.
    pub(super) fn note(&self, key: KeyId, used: KeyUse) {
        // The last byte of a UUIDv7 is random.
        let mut part = self.parts[key.uuid().as_bytes()[15] as usize % PARTS].lock();
        if part.len() < MAX_IN_PART {
            part.push((key, used));
        } else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Uses that were dropped because the store did not take earlier ones for too long.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Uses that wait to be written.
    pub(super) fn waiting(&self) -> usize {
        let gathered = self.waiting.lock().len();
        self.parts.iter().map(|part| part.lock().len()).sum::<usize>() + gathered
    }

    /// Gathers what was noted: of each key the newest use.
    pub(super) fn gather(&self) {
        let mut waiting = self.waiting.lock();
        for part in &self.parts {
            let noted = std::mem::take(&mut *part.lock());
            for (key, used) in noted {
                if !waiting.put(key, used) {
                    self.dropped.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    /// Writes some of what was gathered; whether there was any. What the store does not take is kept for the next time.
    pub(super) async fn write_some(&self, store: &dyn Store, at_most: usize) -> Result<bool, StoreError> {
        let rows = self.waiting.lock().next(at_most);
        let written = rows.len();
        if written == 0 {
            return Ok(false);
        }
        store.record_uses(rows).await?;
        let mut waiting = self.waiting.lock();
        let left = waiting.sorted.len() - written;
        waiting.sorted.truncate(left);
        Ok(true)
    }

    /// How much of the room for what waits is taken, in percent.
    pub(super) fn fullness(&self) -> usize {
        self.waiting.lock().len() * 100 / MAX_WAITING
    }
}

impl Waiting {
    fn len(&self) -> usize {
        self.newest.len() + self.sorted.len()
    }

    /// Puts a use in, unless there is no room.
    fn put(&mut self, key: KeyId, used: KeyUse) -> bool {
        if let Some(known) = self.newest.get_mut(&key) {
            if known.at <= used.at {
                *known = used;
            }
            return true;
        }
        let has_room = self.len() < MAX_WAITING;
        if has_room {
            self.newest.insert(key, used);
        }
        has_room
    }

    /// The rows to write next. What was gathered follows when all is written that was sorted before: so a key has two rows
    /// here at most, however long the store takes nothing.
    fn next(&mut self, at_most: usize) -> Vec<(KeyId, KeyUse)> {
        if self.sorted.is_empty() {
            self.sorted = std::mem::take(&mut self.newest).into_iter().collect();
            self.sorted.sort_unstable_by_key(|(key, _)| Reverse(*key));
        }
        let from = self.sorted.len().saturating_sub(at_most);
        self.sorted[from..].iter().rev().cloned().collect()
    }
}
