//! When, from where and with what each key was used last.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, Ordering};

use keywright_domain::KeyId;
use keywright_store::{KeyUse, Store, StoreError};
use parking_lot::Mutex;

/// Parts of the log, so that uses of different keys seldom wait for each other.
const PARTS: usize = 16;
/// Uses that one part holds while the store does not take them. Sixteen times this many entries of about 100 bytes
/// are 200 MB; with a User-Agent of 1 KiB each, 2 GB at the very most; a use beyond that is dropped and counted.
const MAX_IN_PART: usize = 131_072;

/// Uses since the last write, in the order in which they came: at most one a key and second.
#[derive(Default)]
pub(super) struct UseLog {
    parts: [Mutex<Vec<(KeyId, KeyUse)>>; PARTS],
    dropped: AtomicU64,
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

    /// Writes the newest use of each key. What the store does not take is kept for the next time.
    pub(super) async fn flush(&self, store: &dyn Store) -> Result<(), StoreError> {
        for part in &self.parts {
            let noted = std::mem::take(&mut *part.lock());
            if noted.is_empty() {
                continue;
            }
            let mut newest = HashMap::with_capacity(noted.len());
            for (key, used) in noted {
                keep_newer(newest.entry(key), used);
            }
            let rows: Vec<(KeyId, KeyUse)> = newest.into_iter().collect();
            if let Err(error) = store.record_uses(rows.clone()).await {
                part.lock().extend(rows);
                return Err(error);
            }
        }
        Ok(())
    }
}

fn keep_newer(entry: Entry<'_, KeyId, KeyUse>, used: KeyUse) {
    match entry {
        Entry::Occupied(mut known) if known.get().at <= used.at => {
            known.insert(used);
        }
        Entry::Occupied(_) => {}
        Entry::Vacant(free) => {
            free.insert(used);
        }
    }
}
