//! A key as somebody presents it.

use std::fmt;

use super::{CHECKSUM_CHARS, KeyPrefix, RANDOM_CHARS, checksum};

/// The longest foreign key, in bytes, that is looked up at all.
pub const FOREIGN_KEY_MAX_BYTES: usize = 256;

/// The shortest plaintext, in characters, that may be imported: anything shorter can be guessed.
pub const IMPORTED_KEY_MIN_CHARS: usize = 20;

/// A key that a caller presented: borrowed, never stored, never printed.
#[derive(Clone, Copy)]
pub struct PresentedKey<'a>(&'a str);

/// What a presented key looks like, found without a look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyShape<'a> {
    /// `<prefix>_<36 base62 characters>`.
    Ours {
        /// The prefix, without the underscore.
        prefix: &'a str,
        /// Whether the last six characters are the CRC-32 of all before them.
        checksum_matches: bool,
    },
    /// Anything else: at most a key that was imported.
    Foreign,
}

impl<'a> PresentedKey<'a> {
    /// Takes a presented text as it came.
    pub const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// The text, for digesting alone.
    pub(super) const fn text(self) -> &'a str {
        self.0
    }

    /// Puts `stand_in` wherever the key stands in a text that is to be kept or shown.
    pub fn hide_in(self, text: &str, stand_in: &str) -> String {
        if self.0.is_empty() { text.to_owned() } else { text.replace(self.0, stand_in) }
    }

    /// What it looks like.
    pub fn shape(self) -> KeyShape<'a> {
        let bytes = self.0.as_bytes();
        let Some(underscore) = bytes.len().checked_sub(RANDOM_CHARS + CHECKSUM_CHARS + 1) else {
            return KeyShape::Foreign;
        };
        // ASCII is checked before the text is cut, so no cut falls inside a character.
        // To the end, also past one that does not fit: so it is done some bytes at a time.
        let body_is_base62 =
            bytes[underscore + 1..].iter().fold(true, |all, byte| all & byte.is_ascii_alphanumeric());
        if bytes[underscore] != b'_' || !body_is_base62 {
            return KeyShape::Foreign;
        }
        let prefix = &self.0[..underscore];
        if !KeyPrefix::is_valid(prefix) {
            return KeyShape::Foreign;
        }
        let (before, check) = bytes.split_at(bytes.len() - CHECKSUM_CHARS);
        KeyShape::Ours { prefix, checksum_matches: checksum(before) == check }
    }

    /// Whether a key that is not of our shape is worth a look-up: 1 to 256 printable ASCII bytes, no space.
    pub fn may_be_foreign(self) -> bool {
        (1..=FOREIGN_KEY_MAX_BYTES).contains(&self.0.len()) && self.0.bytes().all(|b| b.is_ascii_graphic())
    }
}

impl fmt::Debug for PresentedKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresentedKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn foreign_texts_are_foreign() {
        for text in [
            "",
            "kw",
            "kw_",
            "_000000000000000000000000000000000000",
            "sk_live_abc",
            "ключ-ключ-ключ-ключ-ключ-ключ-ключ",
        ] {
            assert_eq!(PresentedKey::new(text).shape(), KeyShape::Foreign, "{text}");
        }
        assert!(!PresentedKey::new("a key with spaces").may_be_foreign());
        assert!(!PresentedKey::new(&"x".repeat(257)).may_be_foreign());
        assert!(PresentedKey::new("sk_live_4eC39HqLyjWDarjtT1zdp7dc").may_be_foreign());
    }

    #[test]
    fn a_key_can_be_hidden() {
        assert_eq!(PresentedKey::new("k-1").hide_in("/k-1/k-1?k-2", "***"), "/***/***?k-2");
        assert_eq!(PresentedKey::new("").hide_in("/a", "***"), "/a");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let _ = PresentedKey::new(&text).shape();
            let _ = PresentedKey::new(&text).may_be_foreign();
        }
    }
}
