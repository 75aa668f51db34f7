//! A permission as somebody wrote it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Pattern;

/// The longest permission, in characters.
pub(crate) const MAX_CHARS: usize = 128;
/// The most segments a permission may have.
const MAX_SEGMENTS: usize = 8;

/// A permission as it was spelt, with what it means. It is answered as it was spelt.
///
/// `resource.action` or `resource:action`, with `*` for any one segment, or `all`. The spellings of the
/// `resource:verb` system (`apikey:revoke`, `service_account:write`, ...) mean ours; a write there may mean several.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Permission {
    spelling: Box<str>,
    patterns: Box<[Pattern]>,
}

/// A text that is no permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PermissionError {
    /// Nothing at all.
    #[error("must not be empty")]
    Empty,
    /// More than 128 characters or eight segments.
    #[error("must have at most {MAX_CHARS} characters and {MAX_SEGMENTS} segments")]
    TooLong,
    /// A lone `*`.
    #[error("`*` stands for one segment, as in `asset.*`; write `all` for everything")]
    LoneStar,
    /// A segment that is neither a word nor `*`.
    #[error("has the segment `{segment}`, which is neither `*` nor made of letters, digits, `_` and `-`")]
    Segment {
        /// The segment.
        segment: String,
    },
}

impl Permission {
    /// As it was spelt.
    pub fn as_str(&self) -> &str {
        &self.spelling
    }

    /// What it matches; never empty.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// The permission that means `pattern`, in the plain spelling.
    pub fn of_pattern(pattern: Pattern) -> Self {
        Self { spelling: pattern.to_string().into(), patterns: Box::new([pattern]) }
    }
}

impl FromStr for Permission {
    type Err = PermissionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(PermissionError::Empty);
        }
        let words: Vec<&str> = text.split(['.', ':']).take(MAX_SEGMENTS + 1).collect();
        if text.len() > MAX_CHARS || words.len() > MAX_SEGMENTS {
            return Err(PermissionError::TooLong);
        }
        if text == "*" {
            return Err(PermissionError::LoneStar);
        }
        let is_word =
            |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if let Some(bad) = words.iter().find(|word| **word != "*" && !is_word(word)) {
            return Err(PermissionError::Segment { segment: (*bad).to_owned() });
        }
        let patterns = match words.as_slice() {
            ["all"] => Box::new([Pattern::All]),
            [resource, action] => expand(resource, action),
            _ => Box::new([Pattern::of_words(words)]) as Box<[Pattern]>,
        };
        Ok(Self { spelling: text.into(), patterns })
    }
}

/// What two words mean, the other systems' words for our management permissions included.
fn expand(resource: &str, action: &str) -> Box<[Pattern]> {
    let ours = |resource: &str, actions: &[&str]| -> Box<[Pattern]> {
        actions.iter().map(|action| Pattern::of_words([resource, *action])).collect()
    };
    match (resource, action) {
        ("apikey", "revoke") => ours("apiKey", &["delete"]),
        ("apikey", action) => ours("apiKey", &[action]),
        ("service_account", "write") => ours("serviceAccount", &["create", "update", "delete"]),
        ("service_account", action) => ours("serviceAccount", &[action]),
        ("org", action) => ours("organization", &[action]),
        ("member", "invite") => ours("member", &["create"]),
        ("member", "remove") => ours("member", &["delete"]),
        ("member", "update_role") => ours("member", &["update"]),
        (resource, action) => ours(resource, &[action]),
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelling)
    }
}

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.spelling)
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn meaning(text: &str) -> Vec<String> {
        text.parse::<Permission>().unwrap().patterns().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn both_separators_and_the_other_spellings_mean_ours() {
        assert_eq!(meaning("asset:read"), ["asset.read"]);
        assert_eq!(meaning("apikey:revoke"), ["apiKey.delete"]);
        assert_eq!(meaning("apikey:*"), ["apiKey.*"]);
        assert_eq!(
            meaning("service_account:write"),
            ["serviceAccount.create", "serviceAccount.update", "serviceAccount.delete"]
        );
        assert_eq!(meaning("org:read"), ["organization.read"]);
        assert_eq!(meaning("member:update_role"), ["member.update"]);
        assert_eq!(meaning("all"), ["all"]);
        assert_eq!("apikey:revoke".parse::<Permission>().unwrap().to_string(), "apikey:revoke");
    }

    #[test]
    fn refusals_say_what_is_wrong() {
        let refusal = |text: &str| text.parse::<Permission>().unwrap_err();
        assert_eq!(refusal(""), PermissionError::Empty);
        assert_eq!(refusal("*"), PermissionError::LoneStar);
        assert_eq!(refusal("a..b"), PermissionError::Segment { segment: String::new() });
        assert_eq!(refusal("a.b*"), PermissionError::Segment { segment: "b*".to_owned() });
        assert_eq!(refusal("a.b c"), PermissionError::Segment { segment: "b c".to_owned() });
        assert_eq!(refusal("a.b.c.d.e.f.g.h.i"), PermissionError::TooLong);
        assert_eq!(refusal(&"a".repeat(129)), PermissionError::TooLong);
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_read_is_echoed(text in ".{0,40}") {
            if let Ok(permission) = text.parse::<Permission>() {
                prop_assert_eq!(permission.as_str(), text);
                prop_assert!(!permission.patterns().is_empty());
            }
        }
    }
}
