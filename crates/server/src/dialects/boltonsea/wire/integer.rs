//! Integers in bodies.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// An integer of 64 bits: as a number, or as the documentation's own example has it, a number in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Integer(pub(in super::super) i64);

impl Integer {
    /// Reads digits, with a `-` before them or without.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|_| is_plain).map(Self)
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfJson;

        impl Visitor<'_> for OfJson {
            type Value = Integer;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer of 64 bits")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Integer, E> {
                Ok(Integer(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Integer, E> {
                i64::try_from(number).map(Integer).map_err(|_| E::custom("must be an integer of 64 bits"))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Integer, E> {
                Integer::parse(text).ok_or_else(|| E::custom("must be an integer of 64 bits"))
            }
        }

        deserializer.deserialize_any(OfJson)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_may_stand_in_quotes() {
        for (json, number) in
            [("432", 432), ("\"432\"", 432), ("-1", -1), ("\"9223372036854775807\"", i64::MAX)]
        {
            assert_eq!(serde_json::from_str::<Integer>(json).unwrap(), Integer(number), "{json}");
        }
    }

    #[test]
    fn anything_else_is_no_integer() {
        for json in [
            "1.0",
            "1e3",
            "true",
            "[]",
            "{}",
            "\"\"",
            "\" 1\"",
            "\"+1\"",
            "\"1.0\"",
            "\"432 # integer\"",
            "\"-\"",
            "9223372036854775808",
            "\"9223372036854775808\"",
        ] {
            assert!(serde_json::from_str::<Integer>(json).is_err(), "{json}");
        }
    }
}
