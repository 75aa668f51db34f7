//! Last uses, written behind: noted on the verify path, written every few seconds and at shutdown.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, Ordering};

use keywright_domain::KeyId;
use keywright_store::{KeyUse, Store, StoreError};
use parking_lot::Mutex;

/// Parts of the log, so that uses of different keys seldom wait for each other.
const PARTS: usize = 16;
/// Keys whose use is remembered in one part while the store does not take it. Sixteen times this many entries of
/// about 200 bytes are 200 MB, at most; a use beyond that is dropped and counted.
const MAX_KEYS_IN_PART: usize = 65_536;

/// The newest use of each key since the last write.
#[derive(Default)]
pub(crate) struct UseLog {
    parts: [Mutex<HashMap<KeyId, KeyUse>>; PARTS],
    dropped: AtomicU64,
}

impl UseLog {
    pub(crate) fn note(&self, key: KeyId, used: KeyUse) {
        // The last byte of a UUIDv7 is random.
        let mut part = self.parts[key.uuid().as_bytes()[15] as usize % PARTS].lock();
        if part.len() >= MAX_KEYS_IN_PART && !part.contains_key(&key) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        keep_newer(part.entry(key), used);
    }

    /// Uses that were dropped because the store did not take earlier ones for too long.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Writes what was noted. What the store does not take is kept for the next time.
    pub(crate) async fn flush(&self, store: &dyn Store) -> Result<(), StoreError> {
        for part in &self.parts {
            let noted = std::mem::take(&mut *part.lock());
            if noted.is_empty() {
                continue;
            }
            let rows: Vec<(KeyId, KeyUse)> = noted.into_iter().collect();
            if let Err(error) = store.record_uses(rows.clone()).await {
                let mut part = part.lock();
                for (key, used) in rows {
                    keep_newer(part.entry(key), used);
                }
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
