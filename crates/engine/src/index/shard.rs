//! One part of the key table.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use keywright_domain::{Digest, KeyId, Timestamp};

use super::details::Details;
use super::entitlement::Entitlement;

/// Details that nothing points at any more are cleared away past this many bytes, when they are more than half.
const COMPACT_ABOVE_BYTES: usize = 1 << 16;
/// Room that a load makes for the details of each key: a name of some words, or an id of the customer's.
const DETAILS_BYTES_EXPECTED: usize = 24;

/// A secret of a key: 64 bytes, as much as a processor fetches at once. What is not needed for finding it, and what few
/// keys have, is in its details.
pub(super) struct Record {
    pub(super) digest: Digest,
    pub(super) id: KeyId,
    pub(super) entitlement: Arc<Entitlement>,
    /// Where its details begin in the shard's details.
    details: u32,
    /// The second (since 1970, as 32 bits) in which a use was last noted.
    last_noted: AtomicU32,
}

impl Record {
    pub(super) fn note_use(&self, now: Timestamp) -> bool {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "only compared for being equal"
        )]
        let second = now.as_seconds() as u32;
        if self.last_noted.load(Ordering::Relaxed) == second {
            return false;
        }
        self.last_noted.swap(second, Ordering::Relaxed) != second
    }
}

/// A record with its details.
pub(super) struct Found<'a> {
    pub(super) record: &'a Record,
    pub(super) details: Details<'a>,
}

/// Records by digest. Digests are uniform, so their bytes are their hash.
#[derive(Default)]
pub(super) struct Shard {
    table: HashTable<u32>,
    records: Vec<Record>,
    /// Of each record its details, one after another.
    details: Vec<u8>,
    /// Bytes of details that no record points at.
    unused: usize,
}

impl Shard {
    pub(super) fn reserve(&mut self, records: usize) {
        self.table.reserve(records, |_| unreachable!("nothing is in the table before the load"));
        self.records.reserve(records);
        self.details.reserve(records * DETAILS_BYTES_EXPECTED);
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Found<'_>> {
        self.records.iter().map(|record| self.with_details(record))
    }

    pub(super) fn find(&self, digest: &Digest) -> Option<Found<'_>> {
        let position = *self.table.find(hash(digest), |&at| self.records[at as usize].digest == *digest)?;
        Some(self.with_details(&self.records[position as usize]))
    }

    fn with_details<'a>(&'a self, record: &'a Record) -> Found<'a> {
        let (details, _) = Details::read(&self.details[record.details as usize..]);
        Found { record, details }
    }

    /// Puts a secret of a key in, in place of the one with the same digest.
    pub(super) fn put(
        &mut self,
        digest: Digest,
        id: KeyId,
        entitlement: Arc<Entitlement>,
        details: &Details<'_>,
    ) {
        let Self { table, records, .. } = self;
        let is_same = |&at: &u32| records[at as usize].digest == digest;
        let position = match table.entry(hash(&digest), is_same, |&at| hash(&records[at as usize].digest)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => {
                free.insert(u32::try_from(records.len()).expect("a shard has fewer than 2^32 records"));
                let details = self.add(details);
                self.records.push(Record { digest, id, entitlement, details, last_noted: AtomicU32::new(0) });
                return;
            }
        };
        let at = self.records[position as usize].details as usize;
        let (old, size) = Details::read(&self.details[at..]);
        let unchanged = old == *details;
        if !unchanged {
            self.unused += size;
            self.records[position as usize].details = self.add(details);
        }
        let record = &mut self.records[position as usize];
        record.id = id;
        record.entitlement = entitlement;
        if self.unused > COMPACT_ABOVE_BYTES && self.unused > self.details.len() / 2 {
            self.compact();
        }
    }

    fn add(&mut self, details: &Details<'_>) -> u32 {
        let at = u32::try_from(self.details.len()).expect("a shard's details stay under 4 GiB");
        details.append_to(&mut self.details);
        at
    }

    fn compact(&mut self) {
        let mut kept = Vec::with_capacity(self.details.len() - self.unused);
        for record in &mut self.records {
            let at = record.details as usize;
            let (_, size) = Details::read(&self.details[at..]);
            record.details = u32::try_from(kept.len()).expect("they were under 4 GiB before");
            kept.extend_from_slice(&self.details[at..at + size]);
        }
        self.details = kept;
        self.unused = 0;
    }
}

fn hash(digest: &Digest) -> u64 {
    // The first byte picks the shard; the hash takes others.
    let bytes = digest.as_bytes();
    u64::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_what_a_processor_fetches_at_once() {
        assert_eq!(size_of::<Record>(), 64);
    }
}
