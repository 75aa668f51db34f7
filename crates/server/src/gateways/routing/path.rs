//! The path of a request, as the route table reads it.
//!
//! Servers disagree about what a path means: some merge `//`, some resolve `..`, some cut `;x=y` off, some decode twice,
//! some take `\` for `/`. A table that reads a path in one way, in front of a service that reads it in another, protects
//! something else than what is served. So a path is refused where a reading would need guessing; and where two readings
//! are common (dot segments and double slashes, as they stand or resolved) the table is asked for both.

use std::borrow::Cow;

/// The longest path that is read, in bytes.
const MAX_BYTES: usize = 4096;

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathProblem {
    NotAbsolute,
    TooLong,
    LeadingSlashes,
    Unprintable,
    BrokenEscape,
    EscapedDelimiter,
    TwiceEscaped,
    NotUtf8,
    Backslash,
    Parameter,
    Fragment,
    AboveRoot,
    DotsAmongEmptySegments,
    TrailingDot,
}

impl PathProblem {
    /// The rest of a sentence that begins with "the path".
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::NotAbsolute => "does not begin with a slash",
            Self::TooLong => "is longer than 4096 bytes",
            Self::LeadingSlashes => "begins with two slashes, which some servers read as a host",
            Self::Unprintable => "holds a space that is not escaped, or a control character",
            Self::BrokenEscape => "holds a `%` that two hexadecimal digits do not follow",
            Self::EscapedDelimiter => "holds an escaped `/`, `?` or `#`",
            Self::TwiceEscaped => "is escaped twice",
            Self::NotUtf8 => "is no UTF-8",
            Self::Backslash => "holds a backslash, which some servers read as a slash",
            Self::Parameter => "holds a semicolon, which some servers cut off with what follows it",
            Self::Fragment => "holds a `#`",
            Self::AboveRoot => "leads above its root",
            Self::DotsAmongEmptySegments => {
                "holds dot segments and double slashes, which servers resolve differently"
            }
            Self::TrailingDot => "has a segment that ends with a dot or a space, which some servers cut off",
        }
    }
}

/// A path that can be read: percent-decoded once, without a slash at its end (the root is empty).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Readings<'a> {
    /// With double slashes merged and dot segments resolved.
    pub(crate) normalized: Cow<'a, str>,
    /// With them as they stand, where there are any.
    pub(crate) as_it_stands: Option<String>,
}

/// Reads the path of a request target in origin form (RFC 9112, section 3.2.1); the query is no part of it.
pub(crate) fn read(target: &[u8]) -> Result<Readings<'_>, PathProblem> {
    let raw = path_of(target);
    if raw.first() != Some(&b'/') {
        return Err(PathProblem::NotAbsolute);
    }
    if raw.len() > MAX_BYTES {
        return Err(PathProblem::TooLong);
    }
    if raw.starts_with(b"//") {
        return Err(PathProblem::LeadingSlashes);
    }
    if raw.iter().any(|&b| b <= b' ' || b == 0x7f) {
        return Err(PathProblem::Unprintable);
    }
    if raw.contains(&b'#') {
        return Err(PathProblem::Fragment);
    }
    let decoded = decode(raw)?;
    check(&decoded)?;
    let decoded = match decoded {
        Cow::Borrowed(text) => Cow::Borrowed(text.strip_suffix('/').unwrap_or(text)),
        Cow::Owned(mut text) => {
            text.truncate(text.strip_suffix('/').unwrap_or(&text).len());
            Cow::Owned(text)
        }
    };
    let mut segments = decoded.split('/').skip(1);
    let has_empty = segments.clone().any(str::is_empty);
    let has_dots = segments.any(is_dots);
    if has_empty && has_dots {
        return Err(PathProblem::DotsAmongEmptySegments);
    }
    if !has_empty && !has_dots {
        return Ok(Readings { normalized: decoded, as_it_stands: None });
    }
    Ok(Readings { normalized: resolve(&decoded)?.into(), as_it_stands: Some(decoded.into_owned()) })
}

/// What stands before the query.
pub(crate) fn path_of(target: &[u8]) -> &[u8] {
    target.split(|&b| b == b'?').next().unwrap_or_default()
}

/// What stands after the first `?`.
pub(crate) fn query_of(target: &[u8]) -> Option<&[u8]> {
    let at = target.iter().position(|&b| b == b'?')?;
    Some(&target[at + 1..])
}

fn decode(raw: &[u8]) -> Result<Cow<'_, str>, PathProblem> {
    if !raw.contains(&b'%') {
        return std::str::from_utf8(raw).map(Cow::Borrowed).map_err(|_| PathProblem::NotUtf8);
    }
    let mut decoded = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            decoded.push(byte);
            rest = after;
            continue;
        }
        let escaped = after.first_chunk().and_then(|&[high, low]| Some(hex(high)? << 4 | hex(low)?));
        let escaped = escaped.ok_or(PathProblem::BrokenEscape)?;
        if matches!(escaped, b'/' | b'?' | b'#') {
            return Err(PathProblem::EscapedDelimiter);
        }
        decoded.push(escaped);
        rest = &after[2..];
    }
    let is_escape = |three: &[u8]| three[0] == b'%' && hex(three[1]).is_some() && hex(three[2]).is_some();
    if decoded.windows(3).any(is_escape) {
        return Err(PathProblem::TwiceEscaped);
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| PathProblem::NotUtf8)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn check(decoded: &str) -> Result<(), PathProblem> {
    for (at, character) in decoded.char_indices() {
        match character {
            '\\' => return Err(PathProblem::Backslash),
            ';' => return Err(PathProblem::Parameter),
            _ if character.is_control() => return Err(PathProblem::Unprintable),
            '.' | ' ' => {
                let ends_segment = matches!(decoded.as_bytes().get(at + 1), None | Some(b'/'));
                let segment = decoded[..=at].rsplit('/').next().unwrap_or_default();
                if ends_segment && !is_dots(segment) {
                    return Err(PathProblem::TrailingDot);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_dots(segment: &str) -> bool {
    matches!(segment, "." | "..")
}

/// Without empty segments, and with dot segments resolved (RFC 3986, section 5.2.4).
fn resolve(path: &str) -> Result<String, PathProblem> {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/').skip(1) {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop().ok_or(PathProblem::AboveRoot)?;
            }
            segment => kept.push(segment),
        }
    }
    let mut resolved = String::with_capacity(path.len());
    for segment in kept {
        resolved.push('/');
        resolved.push_str(segment);
    }
    Ok(resolved)
}

#[cfg(test)]
mod tests {
    use PathProblem::{
        AboveRoot, Backslash, BrokenEscape, DotsAmongEmptySegments, EscapedDelimiter, Fragment,
        LeadingSlashes, NotAbsolute, NotUtf8, Parameter, TooLong, TrailingDot, TwiceEscaped, Unprintable,
    };
    use proptest::prelude::*;

    use super::*;

    fn plain(target: &str) -> String {
        let readings = read(target.as_bytes()).unwrap();
        assert_eq!(readings.as_it_stands, None, "{target}");
        readings.normalized.into_owned()
    }

    #[test]
    fn a_plain_path_is_read_as_it_is_without_its_query() {
        assert_eq!(plain("/photos/1?x=/../../etc"), "/photos/1");
        assert_eq!(plain("/photos/"), "/photos");
        assert_eq!(plain("/"), "");
        assert_eq!(plain("/a.b/..c/.d"), "/a.b/..c/.d");
        assert_eq!(plain("/caf%C3%A9/%41"), "/café/A");
        assert_eq!(plain("/50%25/a%20b"), "/50%/a b");
        let Readings { normalized: Cow::Borrowed(_), .. } = read(b"/photos/1").unwrap() else {
            panic!("a plain path was copied");
        };
    }

    #[test]
    fn dots_and_double_slashes_have_two_readings() {
        for (target, normalized, as_it_stands) in [
            ("/photos//1", "/photos/1", "/photos//1"),
            ("/a/./b", "/a/b", "/a/./b"),
            ("/a/%2e%2E/b", "/b", "/a/../b"),
            ("/a/b/..", "/a", "/a/b/.."),
            ("/a/b/../", "/a", "/a/b/.."),
            ("/a//", "/a", "/a/"),
        ] {
            let expected =
                Readings { normalized: normalized.into(), as_it_stands: Some(as_it_stands.to_owned()) };
            assert_eq!(read(target.as_bytes()), Ok(expected), "{target}");
        }
    }

    #[test]
    fn what_would_need_guessing_is_refused() {
        let cases: [(&[u8], PathProblem); 33] = [
            (b"", NotAbsolute),
            (b"*", NotAbsolute),
            (b"photos", NotAbsolute),
            (b"http://h/photos", NotAbsolute),
            (b"?/photos", NotAbsolute),
            (b"//photos", LeadingSlashes),
            (b"//", LeadingSlashes),
            (b"/%2fphotos", EscapedDelimiter),
            (b"/a%2Fb", EscapedDelimiter),
            (b"/a%3Fb", EscapedDelimiter),
            (b"/a%23b", EscapedDelimiter),
            (b"/a#b", Fragment),
            (b"/a b", Unprintable),
            (b"/a\tb", Unprintable),
            (b"/a%00b", Unprintable),
            (b"/a%0d%0ab", Unprintable),
            (b"/a%C2%85b", Unprintable),
            (b"/a%", BrokenEscape),
            (b"/a%4", BrokenEscape),
            (b"/a%zz", BrokenEscape),
            (b"/a%u0041", BrokenEscape),
            (b"/%252e%252e/b", TwiceEscaped),
            (b"/a%252fb", TwiceEscaped),
            (b"/a%c0%afb", NotUtf8),
            (b"/a\xff", NotUtf8),
            (b"/a\\b", Backslash),
            (b"/a%5cb", Backslash),
            (b"/a;x=y/b", Parameter),
            (b"/a/.;/b", Parameter),
            (b"/a%3bx", Parameter),
            (b"/../a", AboveRoot),
            (b"/a//../b", DotsAmongEmptySegments),
            (b"/a./b", TrailingDot),
        ];
        for (target, problem) in cases {
            assert_eq!(read(target), Err(problem), "{}", String::from_utf8_lossy(target));
            assert!(!problem.words().is_empty());
        }
        assert_eq!(read(b"/a%20/b"), Err(TrailingDot));
        assert_eq!(read(b"/.../b"), Err(TrailingDot));
        assert_eq!(read(format!("/{}", "a".repeat(4096)).as_bytes()), Err(TooLong));
    }

    /// Bytes that tricks are made of, more often than chance would have them.
    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let pieces = prop_oneof![
            Just(b"/".to_vec()),
            Just(b"//".to_vec()),
            Just(b"..".to_vec()),
            Just(b".".to_vec()),
            Just(b"%2e".to_vec()),
            Just(b"%2F".to_vec()),
            Just(b"%252e".to_vec()),
            Just(b"%5c".to_vec()),
            Just(b";x".to_vec()),
            Just(b"a".to_vec()),
            Just(b"Admin".to_vec()),
            Just(b"%41".to_vec()),
            Just(b"?".to_vec()),
            any::<u8>().prop_map(|byte| vec![byte]),
        ];
        proptest::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn what_is_read_is_normal_and_stays_so(tail in hostile()) {
            let target = [b"/".as_slice(), &tail].concat();
            if let Ok(readings) = read(&target) {
                let normalized = readings.normalized.as_ref();
                prop_assert!(normalized.is_empty() || normalized.starts_with('/'));
                prop_assert!(normalized.split('/').skip(1).all(|s| !s.is_empty() && !is_dots(s)));
                prop_assert!(!normalized.contains(['\\', ';', '\0']));
                // Whoever decodes again, or resolves again, finds nothing more to do.
                if !normalized.contains('%') && !normalized.contains(' ') && !normalized.contains(['?', '#']) {
                    let again = format!("/{}", normalized.trim_start_matches('/'));
                    let again = read(again.as_bytes()).unwrap();
                    prop_assert_eq!(again.normalized.as_ref(), normalized);
                    prop_assert_eq!(again.as_it_stands, None);
                }
            }
        }

        #[test]
        fn no_bytes_panic(target in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = read(&target);
            let _ = query_of(&target);
        }
    }
}
