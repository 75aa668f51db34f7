//! One part of the key table.

use std::sync::Arc;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use keywright_domain::{Digest, KeyId, Timestamp};

use super::details::Details;
use super::entitlement::Entitlement;
use super::tally::{CountSink, Ended, Tally, Touched};

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
    tally: Tally,
}

/// A record with its details.
pub(super) struct Found<'a> {
    pub(super) record: &'a Record,
    pub(super) details: Details<'a>,
    /// The details as they are kept.
    pub(super) bytes: &'a [u8],
    position: u32,
    shard: &'a Shard,
}

impl Found<'_> {
    /// Notes a use, and counts it if it counts; whether it is the first in its second.
    pub(super) fn note_use(&self, now: Timestamp, counts: bool) -> bool {
        let Self { record, position, shard, .. } = self;
        record.tally.note(now, counts, *position, &shard.touched, |at| shard.tally(at))
    }
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
    touched: Touched,
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
        (0..).take(self.records.len()).map(|position| self.at(position))
    }

    pub(super) fn find(&self, digest: &Digest) -> Option<Found<'_>> {
        let position = *self.table.find(hash(digest), |&at| self.records[at as usize].digest == *digest)?;
        Some(self.at(position))
    }

    fn at(&self, position: u32) -> Found<'_> {
        let record = &self.records[position as usize];
        let bytes = &self.details[record.details as usize..];
        let (details, size) = Details::read(bytes);
        Found { record, details, bytes: &bytes[..size], position, shard: self }
    }

    fn tally(&self, position: u32) -> &Tally {
        &self.records[position as usize].tally
    }

    /// Takes the counts of uses.
    pub(super) fn take_counts(&self, now: Timestamp, sink: &mut dyn CountSink) {
        let mut hand_on = |ended: Option<Ended>| {
            if let Some(Ended { position, minute, count }) = ended {
                let record = &self.records[position as usize];
                sink.take(record.entitlement.owner.organization.id, record.id, minute, count);
            }
            sink.has_room()
        };
        let lost = self.touched.take(now, |at| self.tally(at), &mut hand_on);
        sink.lose(lost);
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
                self.records.push(Record { digest, id, entitlement, details, tally: Tally::default() });
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
        // The tally stays: the uses were the key's.
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
