//! One part of the key table.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use hashbrown::HashTable;
use keywright_domain::{Digest, KeyId, Timestamp};

use super::{OwnerState, Policy};

/// Stands for "never" in a record's times.
const NEVER: i64 = i64::MAX;
/// Texts that nothing points at any more are cleared away past this many bytes, when they are more than half.
const COMPACT_ABOVE_BYTES: usize = 1 << 16;

/// A secret of a key, with all that a decision about it needs but its texts.
pub(super) struct Record {
    pub(super) digest: Digest,
    pub(super) id: KeyId,
    pub(super) policy: Arc<Policy>,
    pub(super) owner: Arc<OwnerState>,
    expires_at: i64,
    /// When the key was revoked, or this secret of it is superseded: whichever is earlier.
    revoked_at: i64,
    /// Where its texts begin in the shard's text.
    text: u32,
    /// The second (since 1970, as 32 bits) in which a use was last noted.
    last_noted: AtomicU32,
    enabled: bool,
}

impl Record {
    pub(super) fn new(
        (digest, id): (Digest, KeyId),
        (policy, owner): (Arc<Policy>, Arc<OwnerState>),
        expires_at: Option<Timestamp>,
        revoked_at: Option<Timestamp>,
        enabled: bool,
    ) -> Self {
        let millis = |time: Option<Timestamp>| time.map_or(NEVER, Timestamp::as_millis);
        Self {
            digest,
            id,
            policy,
            owner,
            expires_at: millis(expires_at),
            revoked_at: millis(revoked_at),
            text: 0,
            last_noted: AtomicU32::new(0),
            enabled,
        }
    }

    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        (self.expires_at != NEVER).then(|| Timestamp::from_millis(self.expires_at))
    }

    pub(super) fn revoked_at(&self) -> Option<Timestamp> {
        (self.revoked_at != NEVER).then(|| Timestamp::from_millis(self.revoked_at))
    }

    pub(super) const fn is_enabled(&self) -> bool {
        self.enabled
    }

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

/// A record with its texts.
pub(super) struct Found<'a> {
    pub(super) record: &'a Record,
    pub(super) name: &'a str,
    pub(super) external_id: Option<&'a str>,
}

/// Records by digest. Digests are uniform, so their bytes are their hash.
#[derive(Default)]
pub(super) struct Shard {
    table: HashTable<u32>,
    records: Vec<Record>,
    /// Names and customers' ids: for each record the two lengths (two bytes each, little-endian; a length of
    /// `u16::MAX` means none) and the two texts.
    text: Vec<u8>,
    unused_text: usize,
}

impl Shard {
    pub(super) fn reserve(&mut self, records: usize) {
        self.table.reserve(records, |_| unreachable!("nothing is in the table before the load"));
        self.records.reserve(records);
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.iter()
    }

    pub(super) fn find(&self, digest: &Digest) -> Option<Found<'_>> {
        let position = *self.table.find(hash(digest), |&at| self.records[at as usize].digest == *digest)?;
        let record = &self.records[position as usize];
        let (name, external_id) = self.texts(record.text as usize);
        Some(Found { record, name, external_id })
    }

    /// Puts a record in, in place of the one with the same digest.
    pub(super) fn put(&mut self, mut record: Record, name: &str, external_id: Option<&str>) {
        let digest = record.digest;
        let position =
            self.table.find(hash(&digest), |&at| self.records[at as usize].digest == digest).copied();
        let Some(position) = position else {
            record.text = self.add_text(name, external_id);
            let position = u32::try_from(self.records.len()).expect("a shard has fewer than 2^32 records");
            self.records.push(record);
            let records = &self.records;
            self.table.insert_unique(hash(&digest), position, |&at| hash(&records[at as usize].digest));
            return;
        };
        let old = &self.records[position as usize];
        let (old_text, noted) = (old.text as usize, old.last_noted.load(Ordering::Relaxed));
        record.last_noted = AtomicU32::new(noted);
        if self.texts(old_text) == (name, external_id) {
            record.text = self.records[position as usize].text;
        } else {
            self.unused_text += self.text_size(old_text);
            record.text = self.add_text(name, external_id);
        }
        self.records[position as usize] = record;
        if self.unused_text > COMPACT_ABOVE_BYTES && self.unused_text > self.text.len() / 2 {
            self.compact();
        }
    }

    fn add_text(&mut self, name: &str, external_id: Option<&str>) -> u32 {
        let at = u32::try_from(self.text.len()).expect("a shard's texts stay under 4 GiB");
        let length =
            |text: &str| u16::try_from(text.len()).expect("names and external ids are checked to be short");
        self.text.extend(length(name).to_le_bytes());
        self.text.extend(external_id.map_or(u16::MAX, length).to_le_bytes());
        self.text.extend(name.as_bytes());
        self.text.extend(external_id.unwrap_or_default().as_bytes());
        at
    }

    fn lengths(&self, at: usize) -> (usize, Option<usize>) {
        let read = |at: usize| u16::from_le_bytes([self.text[at], self.text[at + 1]]);
        let external = read(at + 2);
        (usize::from(read(at)), (external != u16::MAX).then(|| usize::from(external)))
    }

    fn texts(&self, at: usize) -> (&str, Option<&str>) {
        let (name, external_id) = self.lengths(at);
        let text = |from: usize, length: usize| {
            std::str::from_utf8(&self.text[from..from + length]).expect("only whole texts are put in")
        };
        (text(at + 4, name), external_id.map(|length| text(at + 4 + name, length)))
    }

    fn text_size(&self, at: usize) -> usize {
        let (name, external_id) = self.lengths(at);
        4 + name + external_id.unwrap_or(0)
    }

    fn compact(&mut self) {
        let mut text = Vec::with_capacity(self.text.len() - self.unused_text);
        for position in 0..self.records.len() {
            let at = self.records[position].text as usize;
            let size = self.text_size(at);
            self.records[position].text =
                u32::try_from(text.len()).expect("it was smaller than 4 GiB before");
            text.extend_from_slice(&self.text[at..at + size]);
        }
        self.text = text;
        self.unused_text = 0;
    }
}

fn hash(digest: &Digest) -> u64 {
    // The first byte picks the shard; the hash takes others.
    let bytes = digest.as_bytes();
    u64::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]])
}
