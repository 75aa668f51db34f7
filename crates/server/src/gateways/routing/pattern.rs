//! The paths that a route is about: `/photos/{id}`, `/photos/**`.

use super::path;
use super::route::Wrong;

/// A path with places that stand for any segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PathPattern {
    pub(super) segments: Vec<Segment>,
    /// Whether it ends with `**`: the path itself, and all below it.
    pub(super) reaches_below: bool,
}

/// One segment of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    /// This word, in this spelling.
    Literal(Box<str>),
    /// Any one segment. Its name is for people.
    Any,
}

impl PathPattern {
    /// Reads a pattern.
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err(Wrong::new("does not begin with a slash", "write it as in /photos/{id}"));
        };
        let (rest, reaches_below) = match rest.strip_suffix("**") {
            Some(above) if above.is_empty() || above.ends_with('/') => {
                (above.strip_suffix('/').unwrap_or(above), true)
            }
            _ => (rest, false),
        };
        if !reaches_below && rest.ends_with('/') {
            return Err(Wrong::new("ends with a slash, which counts for nothing in a path", "leave it out"));
        }
        let segments = if rest.is_empty() { Vec::new() } else { rest.split('/').collect() };
        let segments = segments.into_iter().map(Segment::parse).collect::<Result<_, _>>()?;
        Ok(Self { segments, reaches_below })
    }

    /// The same, with its words in small letters.
    pub(super) fn in_small_letters(&self) -> Self {
        let small = |segment: &Segment| match segment {
            Segment::Literal(word) => Segment::Literal(word.to_lowercase().into()),
            Segment::Any => Segment::Any,
        };
        Self { segments: self.segments.iter().map(small).collect(), reaches_below: self.reaches_below }
    }
}

impl Segment {
    fn parse(text: &str) -> Result<Self, Wrong> {
        if let Some(name) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            return if is_name {
                Ok(Self::Any)
            } else {
                Err(Wrong::new(
                    format!("has {text}, which is no place"),
                    "write a name of letters, digits and `_`, as in {id}",
                ))
            };
        }
        if text.contains(['*', '{', '}']) {
            return Err(Wrong::new(
                format!("has the segment {text}"),
                "write {name} for any one segment, and ** at the end alone for all below",
            ));
        }
        // A word is compared with what a path is once it was decoded, so a space stands in it as it is.
        let escaped = text.contains('%');
        let as_path = format!("/{}", text.replace(' ', "%20"));
        match path::read(as_path.as_bytes()) {
            Ok(read)
                if !escaped && read.as_it_stands.is_none() && !text.is_empty() && !text.contains('?') =>
            {
                Ok(Self::Literal(text.into()))
            }
            _ if text.is_empty() => Err(Wrong::new("has two slashes in a row", "write one")),
            _ => Err(Wrong::new(
                format!("has the segment {text}, which no path has once it is read"),
                "write it unescaped, without . and .. and without any of ; ? # % and backslash",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_words_places_and_the_rest() {
        let literal = |word: &str| Segment::Literal(word.into());
        for (text, segments, reaches_below) in [
            ("/", vec![], false),
            ("/**", vec![], true),
            ("/photos", vec![literal("photos")], false),
            ("/photos/{id}", vec![literal("photos"), Segment::Any], false),
            ("/photos/{id}/**", vec![literal("photos"), Segment::Any], true),
            ("/café/a.b", vec![literal("café"), literal("a.b")], false),
            ("/a b", vec![literal("a b")], false),
        ] {
            assert_eq!(PathPattern::parse(text), Ok(PathPattern { segments, reaches_below }), "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, words) in [
            ("photos", "begin with a slash"),
            ("", "begin with a slash"),
            ("/photos/", "ends with a slash"),
            ("/photos//a", "two slashes"),
            ("/photos/*", "write {name}"),
            ("/photos/**/a", "write {name}"),
            ("/photos**", "write {name}"),
            ("/photos/{}", "is no place"),
            ("/photos/{a-b}", "is no place"),
            ("/photos/{id}.json", "write {name}"),
            ("/a/../b", "no path has"),
            ("/a%20b", "no path has"),
            ("/a;b", "no path has"),
            ("/a?b", "no path has"),
            ("/photos//**", "two slashes"),
            ("/a /b", "no path has"),
            ("/a.", "no path has"),
        ] {
            let Wrong { what, what_to_do } = PathPattern::parse(text).unwrap_err();
            assert!(format!("{what}: {what_to_do}").contains(words), "{text}: {what}: {what_to_do}");
        }
    }
}
