//! One part of the key table.

use std::sync::Arc;

use keywright_domain::{Digest, KeyId, Timestamp};

use super::details::Details;
use super::entitlement::Entitlement;
use super::record::{Kept, Record};
use super::table::Table;
use super::tally::{CountSink, Ended, Tally, Touched};

/// Details that nothing points at any more are cleared away past this many bytes, when they are more than half.
const COMPACT_ABOVE_BYTES: usize = 1 << 16;
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

/// Records with their details.
#[derive(Default)]
pub(super) struct Shard {
    table: Table,
    /// Details that are too long for their records, one after another.
    details: Vec<u8>,
    /// Bytes of details that no record points at.
    unused: usize,
    touched: Touched,
}

impl Shard {
    /// Makes room for so many records, unless there are some already.
    pub(super) fn reserve(&mut self, records: usize) {
        if self.len() == 0 {
            self.table = Table::for_records(records);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Found<'_>> {
        self.table.iter().map(|(position, record)| self.found(position, record))
    }

    pub(super) fn find(&self, digest: &Digest) -> Option<Found<'_>> {
        self.table.find(digest).map(|(position, record)| self.found(position, record))
    }

    fn found<'a>(&'a self, position: u32, record: &'a Record) -> Found<'a> {
        let bytes = record.details.bytes(&self.details);
        let (details, size) = Details::read(bytes);
        Found { record, details, bytes: &bytes[..size], position, shard: self }
    }

    fn tally(&self, position: u32) -> &Tally {
        &self.table.at(position).tally
    }

    /// Takes the counts of uses.
    pub(super) fn take_counts(&self, now: Timestamp, sink: &mut dyn CountSink) {
        let mut hand_on = |ended: Option<Ended>| {
            if let Some(Ended { position, minute, count }) = ended {
                let record = self.table.at(position);
                sink.take(record.entitlement.owner.organization.id, record.id, minute, count);
            }
            sink.has_room()
        };
        let lost = self.touched.take(now, |at| self.tally(at), &mut hand_on);
        sink.lose(lost);
    }

    /// Memory for the table to grow into, if it is full: made before others have to wait for the shard, it keeps them from
    /// waiting for the system too.
    pub(super) fn room_to_grow(&self) -> Option<Table> {
        self.table.is_full().then(|| self.table.larger())
    }

    /// Grows into it, unless it has grown since.
    pub(super) fn grow_into(&mut self, room: Table) {
        if self.table.is_full() {
            self.touched.follow(&self.table.grow_into(room));
        }
    }

    /// Puts a secret of a key in, in place of the one with the same digest.
    pub(super) fn put(
        &mut self,
        digest: Digest,
        id: KeyId,
        entitlement: Arc<Entitlement>,
        details: &Details<'_>,
    ) {
        let Some((position, known)) = self.table.find(&digest) else {
            let details = self.keep(details);
            let record = Record { digest, id, entitlement, tally: Tally::default(), details };
            if let Some(moves) = self.table.insert(record) {
                self.touched.follow(&moves);
            }
            return;
        };
        let (old, size) = Details::read(known.details.bytes(&self.details));
        let mut kept = known.details;
        if old != *details {
            if matches!(kept, Kept::Outside(_)) {
                self.unused += size;
            }
            kept = self.keep(details);
        }
        // The tally stays: the uses were the key's.
        let record = self.table.at_mut(position);
        (record.id, record.entitlement, record.details) = (id, entitlement, kept);
        if self.unused > COMPACT_ABOVE_BYTES && self.unused > self.details.len() / 2 {
            self.compact();
        }
    }

    fn keep(&mut self, details: &Details<'_>) -> Kept {
        let at = self.details.len();
        details.append_to(&mut self.details);
        Kept::last_of(&mut self.details, at)
    }

    fn compact(&mut self) {
        let mut kept = Vec::with_capacity(self.details.len() - self.unused);
        for record in self.table.iter_mut() {
            if let Kept::Outside(at) = &mut record.details {
                let from = *at as usize;
                let (_, size) = Details::read(&self.details[from..]);
                *at = u32::try_from(kept.len()).expect("they were under 4 GiB before");
                kept.extend_from_slice(&self.details[from..from + size]);
            }
        }
        self.details = kept;
        self.unused = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use keywright_domain::OrganizationId;
    use proptest::prelude::*;

    use super::super::record::tests::entitlement;
    use super::*;

    /// What happens to a shard.
    #[derive(Debug, Clone)]
    enum Event {
        /// A secret is put in, or put in anew, with a name of this length.
        Put(u16, usize),
        /// Some that were not there are put in, as many as make the table grow.
        PutMany(u16),
        /// A secret is used.
        Use(u16),
        /// So many seconds go by.
        Wait(i64),
        /// The counts are taken, or there is no room for them.
        Take(bool),
    }

    fn event() -> impl Strategy<Value = Event> {
        let which = || 0..300_u16;
        prop_oneof![
            4 => (which(), 0..40_usize).prop_map(|(which, length)| Event::Put(which, length)),
            1 => (0..20_u16).prop_map(Event::PutMany),
            8 => which().prop_map(Event::Use),
            2 => (0..100_i64).prop_map(Event::Wait),
            1 => any::<bool>().prop_map(Event::Take),
        ]
    }

    /// Digests that are less uniform than any real ones: many have one home, some the last.
    fn digest(which: u16) -> Digest {
        let hash = [0, 1 << 30, u32::MAX, u32::from(which) << 16][usize::from(which % 4)];
        let mut bytes = [7; 32];
        bytes[8..12].copy_from_slice(&hash.to_le_bytes());
        bytes[30..].copy_from_slice(&which.to_le_bytes());
        Digest::from_bytes(bytes)
    }

    fn key(which: u16) -> KeyId {
        let [high, low] = which.to_be_bytes();
        KeyId::new(Timestamp::from_millis(0), &[high, low, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    /// Counts by key, with room for any number or for none.
    struct Sink(HashMap<KeyId, u32>, bool);

    impl CountSink for Sink {
        fn has_room(&self) -> bool {
            self.1
        }

        fn take(&mut self, _: OrganizationId, key: KeyId, _: u32, count: u32) {
            *self.0.entry(key).or_default() += count;
        }

        fn lose(&mut self, count: u64) {
            assert_eq!(count, 0, "there is room for all that this test does");
        }
    }

    proptest! {
        /// Whatever the order of puts, uses and takes: each secret is found with what was last put in for it, and each use
        /// is counted once and for its own key.
        #[test]
        fn a_shard_is_a_map_that_counts(events in prop::collection::vec(event(), 0..400), reserved in 0..50_usize) {
            let (entitlement, mut shard) = (entitlement(), Shard::default());
            shard.reserve(reserved);
            let (mut names, mut used) = (HashMap::<u16, String>::new(), HashMap::<KeyId, u32>::new());
            let (mut sink, mut second, mut next) = (Sink(HashMap::new(), true), 1_000_000, 1_000);
            for event in events {
                let now = Timestamp::from_millis(second * 1000);
                let mut put = |which: u16, length: usize| {
                    // As the applier does it, or as the load does.
                    if let Some(room) = shard.room_to_grow().filter(|_| length.is_multiple_of(2)) {
                        shard.grow_into(room);
                    }
                    let name = "n".repeat(length);
                    shard.put(digest(which), key(which), Arc::clone(&entitlement), &Details::of(&name, None, None));
                    names.insert(which, name);
                };
                match event {
                    Event::Put(which, length) => put(which, length),
                    Event::PutMany(count) => (0..count).for_each(|_| {
                        put(next, 9);
                        next += 1;
                    }),
                    Event::Use(which) => {
                        if let Some(found) = shard.find(&digest(which)) {
                            found.note_use(now, true);
                            *used.entry(key(which)).or_default() += 1;
                        }
                    }
                    Event::Wait(seconds) => second += seconds,
                    Event::Take(has_room) => {
                        sink.1 = has_room;
                        shard.take_counts(now, &mut sink);
                    }
                }
            }
            sink.1 = true;
            shard.take_counts(Timestamp::from_millis(second * 1000), &mut sink);
            prop_assert_eq!(sink.0, used);
            prop_assert_eq!((shard.len(), shard.all().count()), (names.len(), names.len()));
            for which in (0..300).chain(1_000..next) {
                let found = shard.find(&digest(which)).map(|found| (found.record.id, found.details.name().to_owned()));
                prop_assert_eq!(found, names.get(&which).map(|name| (key(which), name.clone())));
            }
        }
    }

    #[test]
    fn details_that_are_replaced_are_cleared_away() {
        let (entitlement, mut shard) = (entitlement(), Shard::default());
        let name = |which: u16, turn: usize| format!("{which} {}", "n".repeat(100 + turn));
        for turn in 0..100 {
            for which in 0..100 {
                let name = name(which, turn);
                shard.put(
                    digest(which),
                    key(which),
                    Arc::clone(&entitlement),
                    &Details::of(&name, None, None),
                );
            }
        }
        assert!(shard.details.len() < 3 * COMPACT_ABOVE_BYTES, "{} bytes are kept", shard.details.len());
        for which in 0..100 {
            assert_eq!(shard.find(&digest(which)).unwrap().details.name(), name(which, 99));
        }
    }
}
