//! `key_scope`: the verbs of a key.

use std::fmt;

use keywright_domain::{Verb, VerbSet};
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// Verbs: an array of their words or, as the documentation's own example has it, one text with commas between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Scope(pub(in super::super) Vec<Verb>);

const WHAT_IT_IS: &str = "must be READ, CREATE, UPDATE, DELETE or MANAGE: an array of these words, or one text with commas between them";

/// The words of verbs, in their order.
pub(in super::super) fn words_of(verbs: VerbSet) -> Vec<&'static str> {
    verbs.iter().map(Verb::as_str).collect()
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfJson;

        impl<'de> Visitor<'de> for OfJson {
            type Value = Scope;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of READ, CREATE, UPDATE, DELETE and MANAGE")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Scope, E> {
                if text.trim().is_empty() {
                    return Ok(Scope(Vec::new()));
                }
                let verbs = text.split(',').map(|word| Verb::parse(word.trim()));
                verbs.collect::<Option<_>>().map(Scope).ok_or_else(|| E::custom(WHAT_IT_IS))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut words: A) -> Result<Scope, A::Error> {
                let mut verbs = VerbSet::NONE;
                while let Some(word) = words.next_element::<std::borrow::Cow<'de, str>>()? {
                    let verb = Verb::parse(&word).ok_or_else(|| A::Error::custom(WHAT_IT_IS))?;
                    verbs = verbs.iter().chain([verb]).collect();
                }
                Ok(Scope(verbs.iter().collect()))
            }
        }

        deserializer.deserialize_any(OfJson)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Vec<&'static str>> {
        serde_json::from_str::<Scope>(json).ok().map(|Scope(verbs)| words_of(verbs.into_iter().collect()))
    }

    #[test]
    fn both_spellings_mean_the_same() {
        let all = ["READ", "CREATE", "UPDATE", "DELETE", "MANAGE"];
        assert_eq!(read(r#""READ,CREATE,UPDATE,DELETE,MANAGE""#).unwrap(), all);
        assert_eq!(read(r#"["MANAGE","DELETE","UPDATE","CREATE","READ","READ"]"#).unwrap(), all);
        assert_eq!(read(r#"" READ , DELETE ""#).unwrap(), ["READ", "DELETE"]);
    }

    #[test]
    fn none_is_the_engines_to_refuse() {
        for json in ["[]", "\"\"", "\"  \""] {
            assert_eq!(read(json).unwrap(), Vec::<&str>::new(), "{json}");
        }
    }

    #[test]
    fn unknown_words_are_refused() {
        for json in [
            "\"read\"",
            "[\"ADMIN\"]",
            "\"READ,,CREATE\"",
            "\"READ CREATE\"",
            "[1]",
            "1",
            "{}",
            "[[\"READ\"]]",
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
