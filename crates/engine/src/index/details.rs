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
pub(super) struct Details<'a> {
    pub(super) name: &'a str,
    pub(super) external_id: Option<&'a str>,
    /// A JSON object as text.
    pub(super) metadata: Option<&'a str>,
    pub(super) expires_at: Option<Timestamp>,
    /// When the key was revoked, or this secret of it is superseded: whichever is earlier.
    pub(super) revoked_at: Option<Timestamp>,
    pub(super) enabled: bool,
}

impl<'a> Details<'a> {
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
        texts.into_iter().flatten().for_each(|text| bytes.extend_from_slice(text.as_bytes()));
    }

    /// Reads what `append_to` wrote at the beginning of `bytes`, and tells how many bytes it is.
    pub(super) fn read(bytes: &'a [u8]) -> (Self, usize) {
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
            name: rest.text(name),
            external_id: external_id.map(|length| rest.text(length)),
            metadata: metadata.map(|length| rest.text(length)),
        };
        (details, rest.at)
    }
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

    fn text(&mut self, length: usize) -> &'a str {
        std::str::from_utf8(self.take(length)).expect("only whole texts are put in")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_key_takes_two_bytes_and_its_name() {
        let plain = Details {
            name: "billing export",
            external_id: None,
            metadata: None,
            expires_at: None,
            revoked_at: None,
            enabled: true,
        };
        let mut bytes = Vec::new();
        plain.append_to(&mut bytes);
        assert_eq!(bytes.len(), 2 + plain.name.len());
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
            let written = Details { name: &name, external_id, metadata, expires_at, revoked_at, enabled };
            let mut bytes = before.clone().into_bytes();
            written.append_to(&mut bytes);
            let size = bytes.len() - before.len();
            bytes.extend_from_slice(b"another's");
            prop_assert_eq!(Details::read(&bytes[before.len()..]), (written, size));
        }
    }
}
