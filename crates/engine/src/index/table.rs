//! Records by their digests.

use keywright_domain::Digest;

use super::record::Record;

/// Of ten slots, so many may be taken. In a table that is full, a look-up then reads three records where there is one to be
/// found, and 13 where there is none (D. E. Knuth, "The Art of Computer Programming", volume 3, section 6.4). They lie side by
/// side, so that it waits for little more than the first.
const TAKEN_OF_TEN: usize = 8;
/// A table that is full grows by this part of itself, and by some slots that matter where it is small. Doubling would leave
/// more room empty than all else that a key takes.
const GROWS_BY: usize = 8;
const GROWS_BY_SLOTS: usize = 8;
/// Room for records behind the last home, or an eighth of the homes where that is less. At most one large table in a million
/// needs more.
const BEHIND: usize = 32;

/// Records in the order of their hashes, but for some that lie a little further on because their place was taken: each is
/// looked for from its home on, up to a slot that is empty. Nothing is ever taken out.
///
/// A look-up waits for memory once, where one that goes by an index beside the records waits for each of the two.
#[derive(Default)]
pub(super) struct Table {
    /// A slot for each home; behind them come those that were pushed out of the last ones.
    slots: Vec<Option<Record>>,
    homes: u32,
    len: usize,
    /// Homes that it is to have as soon as there is a record.
    first_homes: usize,
}

/// Where records went: by their old positions the new ones.
pub(super) struct Moves(Vec<u32>);

impl Moves {
    /// Where a record is now.
    pub(super) fn of(&self, position: u32) -> u32 {
        self.0[position as usize]
    }
}

impl Table {
    /// An empty one that is going to have room for so many records from the first on.
    pub(super) fn for_records(records: usize) -> Self {
        Self { first_homes: records * 10 / TAKEN_OF_TEN + 1, ..Self::default() }
    }

    fn with_homes(homes: usize) -> Self {
        let mut slots = Vec::with_capacity(homes + BEHIND.min(homes / GROWS_BY));
        slots.resize_with(homes, || None);
        let homes = u32::try_from(homes).expect("a shard has fewer than 2^32 slots");
        Self { slots, homes, ..Self::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// All records with their positions.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Record)> {
        (0..).zip(&self.slots).filter_map(|(position, slot)| Some((position, slot.as_ref()?)))
    }

    /// All records.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Record> {
        self.slots.iter_mut().flatten()
    }

    /// The record at a position that [`find`](Self::find) or [`iter`](Self::iter) told, since when none was put in.
    pub(super) fn at(&self, position: u32) -> &Record {
        self.slots[position as usize].as_ref().expect("no record is ever taken out")
    }

    /// The same, to be changed.
    pub(super) fn at_mut(&mut self, position: u32) -> &mut Record {
        self.slots[position as usize].as_mut().expect("no record is ever taken out")
    }

    /// The record with this digest, and its position.
    pub(super) fn find(&self, digest: &Digest) -> Option<(u32, &Record)> {
        let home = self.home(digest);
        for (position, slot) in (home..).zip(&self.slots[home as usize..]) {
            let record = slot.as_ref()?;
            if record.digest == *digest {
                return Some((position, record));
            }
        }
        None
    }

    /// Puts a record in whose digest is not there. Where the table had to grow, tells where the others went.
    pub(super) fn insert(&mut self, record: Record) -> Option<Moves> {
        let moves = self.is_full().then(|| self.grow_into(self.larger()));
        self.place(record);
        moves
    }

    /// Whether it takes no more without growing.
    pub(super) fn is_full(&self) -> bool {
        self.len >= self.homes as usize * TAKEN_OF_TEN / 10
    }

    /// An empty one to grow into. To get so much memory from the system takes longer than to move the records.
    pub(super) fn larger(&self) -> Self {
        let homes = self.homes as usize;
        Self::with_homes(self.first_homes.max(homes + homes / GROWS_BY + GROWS_BY_SLOTS))
    }

    /// Moves all records into a larger one that is empty. It goes through both from front to back, since the order of homes
    /// stays the same.
    pub(super) fn grow_into(&mut self, larger: Self) -> Moves {
        let old = std::mem::replace(self, larger);
        let place = |slot: Option<Record>| slot.map_or(u32::MAX, |record| self.place(record));
        Moves(old.slots.into_iter().map(place).collect())
    }

    /// Puts a record into the first slot from its home on that is empty, and tells its position.
    fn place(&mut self, record: Record) -> u32 {
        self.len += 1;
        let home = self.home(&record.digest);
        for (position, slot) in (home..).zip(&mut self.slots[home as usize..]) {
            if slot.is_none() {
                *slot = Some(record);
                return position;
            }
        }
        self.slots.push(Some(record));
        u32::try_from(self.slots.len() - 1).expect("a shard has fewer than 2^32 slots")
    }

    /// Where a record is looked for first. Digests are uniform: the first byte picks the shard, and others, as a part of
    /// all that they could be, the same part of the homes. So there may be any number of homes.
    fn home(&self, digest: &Digest) -> u32 {
        let bytes = digest.as_bytes();
        let hash = u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
        let home = (u64::from(hash) * u64::from(self.homes)) >> 32;
        u32::try_from(home).expect("it is below the number of homes")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use keywright_domain::{KeyId, Timestamp};

    use super::super::entitlement::Entitlement;
    use super::super::record::Kept;
    use super::super::record::tests::entitlement;
    use super::super::tally::Tally;
    use super::*;

    /// Digests that are about as uniform as real ones (multiplicative hashing, the same section).
    fn digest(number: u64) -> Digest {
        let mut bytes = [0; 32];
        bytes[4..12].copy_from_slice(&(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)).to_le_bytes());
        bytes[24..].copy_from_slice(&number.to_le_bytes());
        Digest::from_bytes(bytes)
    }

    fn record(number: u64, entitlement: &Arc<Entitlement>) -> Record {
        let id = KeyId::new(Timestamp::from_millis(0), &[0; 10]);
        let (entitlement, details) = (Arc::clone(entitlement), Kept::Outside(0));
        Record { digest: digest(number), id, entitlement, tally: Tally::default(), details }
    }

    #[test]
    fn it_takes_little_more_room_than_its_records() {
        let (entitlement, mut table) = (entitlement(), Table::default());
        assert!(table.find(&digest(0)).is_none());
        for number in 0..20_000 {
            table.insert(record(number, &entitlement));
            let most =
                table.len() * 10 / TAKEN_OF_TEN * (GROWS_BY + 1) / GROWS_BY + GROWS_BY_SLOTS + BEHIND + 2;
            assert!(table.slots.len() <= most, "{} slots for {} records", table.slots.len(), table.len());
        }
        assert!((0..20_000).all(|number| table.find(&digest(number)).is_some()));
        assert!((20_000..40_000).all(|number| table.find(&digest(number)).is_none()));
    }

    #[test]
    fn one_that_was_made_for_its_records_does_not_grow() {
        let entitlement = entitlement();
        for records in [0, 1, 3, 5_000] {
            let mut table = Table::for_records(records);
            for number in 0..u64::try_from(records).unwrap() {
                let moves = table.insert(record(number, &entitlement));
                assert_eq!(moves.is_some(), number == 0, "{number} of {records}");
            }
        }
    }
}
