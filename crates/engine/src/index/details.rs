//! What a record does not need for being found, as the bytes that a shard keeps of it.
//!
//! Most keys have few of these facts, and those that they have are short: in bytes of varying length they take a
//! fraction of what fields in every record would.

use keywright_domain::Timestamp;

const ENABLED: u8 = 1;
const EXPIRES: u8 = 1 << 1;
const REVOKED: u8 = 1 << 2;
const EXTERNAL: u8 = 1 << 3;
const METADATA: u8 = 1 << 4;

/// Texts of a key, and the facts that a decision looks at once it is found.
///
/// In bytes: the flags; the lengths of the texts that there are (LEB128); the times that there are (8 bytes,
/// little-endian milliseconds); the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Details<'a> {
    pub(crate) expires_at: Option<Timestamp>,
    /// When the key was revoked, or this secret of it is superseded: whichever is earlier.
    pub(crate) revoked_at: Option<Timestamp>,
    pub(crate) enabled: bool,
    // Whole texts, looked at as texts where one is told: a verification does not look at most of them.
    name: &'a [u8],
    external_id: Option<&'a [u8]>,
    metadata: Option<&'a [u8]>,
}

impl<'a> Details<'a> {
    /// When this secret ends: the key expires or is revoked, or a rotation replaced the secret.
    pub(crate) fn ends_at(&self) -> Option<Timestamp> {
        [self.expires_at, self.revoked_at].into_iter().flatten().min()
    }

    /// Of a key that is switched on, for ever. `metadata` is a JSON object as text.
    pub(super) fn of(name: &'a str, external_id: Option<&'a str>, metadata: Option<&'a str>) -> Self {
        Self {
            expires_at: None,
            revoked_at: None,
            enabled: true,
            name: name.as_bytes(),
            external_id: external_id.map(str::as_bytes),
            metadata: metadata.map(str::as_bytes),
        }
    }

    /// The key's name.
    pub(crate) fn name(&self) -> &'a str {
        text(self.name)
    }

    /// The customer it is for.
    pub(crate) fn external_id(&self) -> Option<&'a str> {
        self.external_id.map(text)
    }

    /// A JSON object as text.
    pub(crate) fn metadata(&self) -> Option<&'a str> {
        self.metadata.map(text)
    }

    /// Appends the bytes.
    pub(super) fn append_to(&self, bytes: &mut Vec<u8>) {
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        bytes.push(
            flag(self.enabled, ENABLED)
                | flag(self.expires_at.is_some(), EXPIRES)
                | flag(self.revoked_at.is_some(), REVOKED)
                | flag(self.external_id.is_some(), EXTERNAL)
                | flag(self.metadata.is_some(), METADATA),
        );
        let texts = [Some(self.name), self.external_id, self.metadata];
        texts.into_iter().flatten().for_each(|text| append_length(text.len(), bytes));
        for time in [self.expires_at, self.revoked_at].into_iter().flatten() {
            bytes.extend_from_slice(&time.as_millis().to_le_bytes());
        }
        texts.into_iter().flatten().for_each(|text| bytes.extend_from_slice(text));
    }

    /// Reads what `append_to` wrote at the beginning of `bytes`, and tells how many bytes it is.
    pub(crate) fn read(bytes: &'a [u8]) -> (Self, usize) {
        let mut rest = Rest { bytes, at: 0 };
        let flags = rest.byte();
        let has = |flag: u8| flags & flag != 0;
        let name = rest.length();
        let external_id = has(EXTERNAL).then(|| rest.length());
        let metadata = has(METADATA).then(|| rest.length());
        let details = Self {
            enabled: has(ENABLED),
            expires_at: has(EXPIRES).then(|| rest.time()),
            revoked_at: has(REVOKED).then(|| rest.time()),
            name: rest.take(name),
            external_id: external_id.map(|length| rest.take(length)),
            metadata: metadata.map(|length| rest.take(length)),
        };
        (details, rest.at)
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("only whole texts are put in")
}

fn append_length(mut length: usize, bytes: &mut Vec<u8>) {
    loop {
        let [low, ..] = length.to_le_bytes();
        length >>= 7;
        if length == 0 {
            return bytes.push(low & 0x7F);
        }
        bytes.push(low | 0x80);
    }
}

struct Rest<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> &'a [u8] {
        let taken = &self.bytes[self.at..self.at + length];
        self.at += length;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.at += 1;
        self.bytes[self.at - 1]
    }

    fn length(&mut self) -> usize {
        let (mut length, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            length |= usize::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return length;
            }
            shift += 7;
        }
    }

    fn time(&mut self) -> Timestamp {
        let bytes = self.take(8).try_into().expect("eight bytes were taken");
        Timestamp::from_millis(i64::from_le_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_key_takes_two_bytes_and_its_name() {
        let plain = Details::of("billing export", None, None);
        let mut bytes = Vec::new();
        plain.append_to(&mut bytes);
        assert_eq!(bytes.len(), 2 + plain.name().len());
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            name in ".{0,300}",
            external_id in proptest::option::of(".{0,40}"),
            metadata in proptest::option::of("[a-z]{0,20000}"),
            times in proptest::array::uniform2(proptest::option::of(any::<i64>())),
            enabled in any::<bool>(),
            before in "[a-z]{0,9}",
        ) {
            let [expires_at, revoked_at] = times.map(|time| time.map(Timestamp::from_millis));
            let (external_id, metadata) = (external_id.as_deref(), metadata.as_deref());
            let written =
                Details { expires_at, revoked_at, enabled, ..Details::of(&name, external_id, metadata) };
            let mut bytes = before.clone().into_bytes();
            written.append_to(&mut bytes);
            let size = bytes.len() - before.len();
            bytes.extend_from_slice(b"another's");
            let (read, read_size) = Details::read(&bytes[before.len()..]);
            prop_assert_eq!((read, read_size), (written, size));
            prop_assert_eq!((read.name(), read.external_id(), read.metadata()), (&*name, external_id, metadata));
        }
    }
}
