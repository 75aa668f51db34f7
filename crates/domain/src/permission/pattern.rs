//! What a permission word matches.

use std::fmt;

/// A set of permissions: one of them, all that fit a pattern, or all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pattern {
    /// Every permission.
    All,
    /// Those with as many segments as this, each equal or met by a `*`.
    Segments(Box<[Segment]>),
}

/// One part of a permission.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// `*`: any one segment.
    Any,
    /// This word.
    Word(Box<str>),
}

impl Segment {
    fn covers(&self, other: &Self) -> bool {
        matches!(self, Self::Any) || self == other
    }

    fn meet(&self, other: &Self) -> Option<Self> {
        if self.covers(other) {
            Some(other.clone())
        } else if other.covers(self) {
            Some(self.clone())
        } else {
            None
        }
    }
}

impl Pattern {
    /// A pattern out of words, `*` being any segment.
    pub(crate) fn of_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let segment = |word: &str| if word == "*" { Segment::Any } else { Segment::Word(word.into()) };
        Self::Segments(words.into_iter().map(segment).collect())
    }

    /// Whether it names exactly one permission.
    pub fn is_concrete(&self) -> bool {
        match self {
            Self::All => false,
            Self::Segments(segments) => !segments.contains(&Segment::Any),
        }
    }

    /// Whether every permission that `other` matches is matched by this one.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (Self::Segments(_), Self::All) => false,
            (Self::Segments(mine), Self::Segments(theirs)) => {
                mine.len() == theirs.len() && mine.iter().zip(theirs).all(|(a, b)| a.covers(b))
            }
        }
    }

    /// The pattern of the permissions that both match; `None` when there are none. Exact, not an estimate.
    pub fn meet(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::All, pattern) | (pattern, Self::All) => Some(pattern.clone()),
            (Self::Segments(mine), Self::Segments(theirs)) => {
                if mine.len() != theirs.len() {
                    return None;
                }
                let met: Option<Box<[Segment]>> = mine.iter().zip(theirs).map(|(a, b)| a.meet(b)).collect();
                met.map(Self::Segments)
            }
        }
    }

    /// The last segment when it is a word: what the verb of an uncatalogued permission is told by.
    /// `None`: a permission of any verb may match.
    pub fn action(&self) -> Option<&str> {
        match self {
            Self::All => None,
            Self::Segments(segments) => match segments.last() {
                Some(Segment::Word(word)) => Some(word),
                _ => None,
            },
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Segments(segments) = self else { return f.write_str("all") };
        for (position, segment) in segments.iter().enumerate() {
            if position > 0 {
                f.write_str(".")?;
            }
            f.write_str(match segment {
                Segment::Any => "*",
                Segment::Word(word) => word,
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pattern() -> impl Strategy<Value = Pattern> {
        let word = prop_oneof![Just("*"), Just("a"), Just("b"), Just("c")];
        prop_oneof![
            1 => Just(Pattern::All),
            9 => proptest::collection::vec(word, 1..4).prop_map(Pattern::of_words),
        ]
    }

    fn concrete() -> impl Strategy<Value = Pattern> {
        let word = prop_oneof![Just("a"), Just("b"), Just("c")];
        proptest::collection::vec(word, 1..4).prop_map(Pattern::of_words)
    }

    proptest! {
        #[test]
        fn a_meet_matches_exactly_what_both_match(a in pattern(), b in pattern(), p in concrete()) {
            let met = a.meet(&b).is_some_and(|m| m.covers(&p));
            prop_assert_eq!(met, a.covers(&p) && b.covers(&p));
        }

        #[test]
        fn covering_is_transitive(a in pattern(), b in pattern(), c in pattern()) {
            prop_assert!(a.covers(&a));
            if a.covers(&b) && b.covers(&c) {
                prop_assert!(a.covers(&c));
            }
        }
    }
}
