//! A key as its holder sees it, once.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{BASE62, KeyPrefix, PresentedKey, RANDOM_CHARS, checksum};

/// Random bytes that a new key is made from: 178 of their 184 bits are used.
pub const RANDOM_BYTES: usize = 23;

/// How many characters after the prefix are shown in lists, so that two keys can be told apart:
/// 4 characters tell 24 bits and leave 154 secret.
const SHOWN_CHARS: usize = 4;

/// A newly made key in plain text. It is shown once and never stored; it is wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct PlaintextKey(String);

impl PlaintextKey {
    /// Makes `<prefix>_<30 base62 characters><6 characters of CRC-32>` out of random bytes.
    pub fn generate(prefix: &KeyPrefix, mut random: [u8; RANDOM_BYTES]) -> Self {
        random[0] &= 0b11;
        let mut digits = [0_u8; RANDOM_CHARS];
        for digit in digits.iter_mut().rev() {
            *digit = BASE62[divide_by_62(&mut random) as usize];
        }
        random.zeroize();
        // Reserved in full, so that no half-written copy is left behind by a growing string.
        let mut text =
            String::with_capacity(prefix.as_str().len() + 1 + RANDOM_CHARS + super::CHECKSUM_CHARS);
        text.push_str(prefix.as_str());
        text.push('_');
        text.extend(digits.iter().map(|&b| char::from(b)));
        digits.zeroize();
        let check = checksum(text.as_bytes());
        text.extend(check.iter().map(|&b| char::from(b)));
        Self(text)
    }

    /// A key that was made elsewhere and is being imported.
    pub fn imported(text: String) -> Self {
        Self(text)
    }

    /// The key itself, to hand to its holder.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The part that may be shown later: the prefix and four more characters; of a foreign key, four.
    pub fn shown_prefix(&self) -> String {
        let visible = match self.as_presented().shape() {
            super::KeyShape::Ours { prefix, .. } => prefix.len() + 1 + SHOWN_CHARS,
            super::KeyShape::Foreign => SHOWN_CHARS,
        };
        self.0.chars().take(visible).collect()
    }

    /// The same text as a key that somebody presents.
    pub fn as_presented(&self) -> PresentedKey<'_> {
        PresentedKey::new(&self.0)
    }
}

impl fmt::Debug for PlaintextKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlaintextKey(..)")
    }
}

/// Divides the big-endian number in `number` by 62 in place and returns the remainder.
fn divide_by_62(number: &mut [u8; RANDOM_BYTES]) -> u8 {
    let mut remainder = 0_u16;
    for byte in number {
        let value = remainder << 8 | u16::from(*byte);
        *byte = u8::try_from(value / 62).expect("a remainder below 62 keeps the quotient within a byte");
        remainder = value % 62;
    }
    u8::try_from(remainder).expect("a remainder is below 62")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::KeyShape;

    #[test]
    fn zero_and_all_ones_are_the_ends_of_the_range() {
        let prefix = KeyPrefix::standard();
        let low = PlaintextKey::generate(&prefix, [0; RANDOM_BYTES]);
        assert!(low.expose().starts_with("kw_000000000000000000000000000000"));
        let high = PlaintextKey::generate(&prefix, [255; RANDOM_BYTES]);
        // 2^178 - 1 in base 62, worked out apart from this code.
        insta::assert_snapshot!(high.expose());
    }

    #[test]
    fn debug_prints_nothing_of_it() {
        let key = PlaintextKey::generate(&KeyPrefix::standard(), [9; RANDOM_BYTES]);
        assert_eq!(format!("{key:?}"), "PlaintextKey(..)");
        assert_eq!(format!("{:?}", key.as_presented()), "PresentedKey(..)");
    }

    proptest! {
        #[test]
        fn what_is_made_is_recognized(random: [u8; RANDOM_BYTES], prefix in "[a-z0-9_]{1,16}") {
            let prefix: KeyPrefix = prefix.parse().unwrap();
            let key = PlaintextKey::generate(&prefix, random);
            prop_assert_eq!(
                key.as_presented().shape(),
                KeyShape::Ours { prefix: prefix.as_str(), checksum_matches: true }
            );
            prop_assert!(key.expose().starts_with(&key.shown_prefix()));
        }

        #[test]
        fn any_changed_character_is_noticed(random: [u8; RANDOM_BYTES], at in 3_usize..39, to in 0_usize..62) {
            let key = PlaintextKey::generate(&KeyPrefix::standard(), random);
            let mut bytes = key.expose().as_bytes().to_vec();
            prop_assume!(bytes[at] != BASE62[to]);
            bytes[at] = BASE62[to];
            let text = String::from_utf8(bytes).unwrap();
            prop_assert_eq!(
                PresentedKey::new(&text).shape(),
                KeyShape::Ours { prefix: "kw", checksum_matches: false }
            );
        }
    }
}
