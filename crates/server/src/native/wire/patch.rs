//! A field of a change: left out, cleared, or set.

use keywright_store::Change;
use serde::{Deserialize, Deserializer};

/// Left out: stays as it is. `null`: cleared. Anything else: set.
#[derive(Debug)]
pub(crate) struct Patch<T>(pub(crate) Change<Option<T>>);

impl<T> Default for Patch<T> {
    fn default() -> Self {
        Self(Change::Keep)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Only a field that is there is deserialized; with `#[serde(default)]` one that is left out keeps the default.
        Option::deserialize(deserializer).map(|value| Self(Change::Set(value)))
    }
}

impl<T> Patch<T> {
    /// The change, its value converted.
    pub(crate) fn map<U>(self, convert: impl FnOnce(T) -> U) -> Change<Option<U>> {
        match self.0 {
            Change::Keep => Change::Keep,
            Change::Set(value) => Change::Set(value.map(convert)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Sample {
        #[serde(default)]
        name: Patch<String>,
    }

    #[test]
    fn left_out_is_not_null() {
        let read = |json: &str| serde_json::from_str::<Sample>(json).unwrap().name.0;
        assert_eq!(read("{}"), Change::Keep);
        assert_eq!(read(r#"{"name":null}"#), Change::Set(None));
        assert_eq!(read(r#"{"name":"x"}"#), Change::Set(Some("x".to_owned())));
    }
}
