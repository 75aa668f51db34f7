//! Texts that somebody sent, as they may be kept and shown: short, on one line, and without a key in them.

use keywright_domain::{FOREIGN_KEY_MAX_BYTES, KeyShape, PresentedKey};

/// What stands for a key.
const HIDDEN: &str = "***";
/// What stands for a character that would act on whatever shows it.
const ACTING: char = '\u{FFFD}';
/// What may come before a path: more than a scheme and a host's name of 253 characters with a user's.
const MAX_HOST_CHARS: usize = 1_024;

/// A text with no more than `max_chars` characters, none of which acts on a terminal, a page or a log, and with no key
/// of our shape; nor with `key`, the one that was presented.
pub(super) fn harmless(text: &str, max_chars: usize, key: Option<PresentedKey<'_>>) -> String {
    let text = without(key, text, max_chars);
    let mut shown = String::with_capacity(text.len().min(max_chars));
    let mut word_start = 0;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if is_of_a_word(c) {
            continue;
        }
        let word = &text[word_start..at];
        shown.push_str(if is_key(word) { HIDDEN } else { word });
        if at < text.len() {
            shown.push(if acts(c) { ACTING } else { c });
        }
        word_start = at + c.len_utf8();
    }
    first_chars(&shown, max_chars).to_owned()
}

/// The longest User-Agent that is kept, in characters.
pub(super) const MAX_AGENT_CHARS: usize = 256;

/// A User-Agent, as it is kept.
pub(crate) fn harmless_agent(agent: &str) -> String {
    harmless(agent, MAX_AGENT_CHARS, None)
}

/// A path as [`harmless`] leaves it, without what comes before it (a scheme, a user's name and password, a host) and
/// without the query and the fragment after it, in which keys are sent.
pub(super) fn harmless_path(path: &str, max_chars: usize, key: Option<PresentedKey<'_>>) -> String {
    // Before it is cut: a key may hold what a path is cut at.
    let path = without(key, path, max_chars + MAX_HOST_CHARS);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = match path.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => rest.find('/').map_or("/", |at| &rest[at..]),
        _ => path,
    };
    harmless(path, max_chars, key)
}

/// The first characters of a text and as many more as the longest key has, so that none is cut in two; without the key
/// that was presented. (A text may be as long as a request: what is left out anyway is not looked at.)
fn without(key: Option<PresentedKey<'_>>, text: &str, max_chars: usize) -> String {
    let text = first_chars(text, max_chars + FOREIGN_KEY_MAX_BYTES);
    key.map_or_else(|| text.to_owned(), |key| key.hide_in(text, HIDDEN))
}

fn first_chars(text: &str, max_chars: usize) -> &str {
    text.char_indices().nth(max_chars).map_or(text, |(at, _)| &text[..at])
}

const fn is_of_a_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn is_key(word: &str) -> bool {
    matches!(PresentedKey::new(word).shape(), KeyShape::Ours { checksum_matches: true, .. })
}

/// Whether a character controls what shows it: ends lines, moves, hides, or turns the direction of writing.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00AD}' | '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        )
}

#[cfg(test)]
mod tests {
    use keywright_domain::PlaintextKey;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_texts_stay_as_they_are() {
        for text in
            ["", "/", "/v1/assets/7", "curl/8.5.0", "Mozilla/5.0 (X11; Linux x86_64)", "größer", "日本"]
        {
            assert_eq!(harmless(text, 100, Some(PresentedKey::new("kw_other"))), text);
            assert_eq!(harmless_path(text, 100, None), text);
        }
    }

    #[test]
    fn what_is_not_the_path_goes() {
        for (path, expected) in [
            ("/a?key=secret", "/a"),
            ("/a#key=secret", "/a"),
            ("?secret", ""),
            ("https://me:secret@host/a/b?c", "/a/b"),
            ("https://me:secret@host?c", "/"),
            ("https://me:secret@host", "/"),
            ("/a/https://b", "/a/https://b"),
        ] {
            assert_eq!(harmless_path(path, 100, None), expected, "{path}");
        }
    }

    #[test]
    fn keys_are_hidden_wherever_they_stand() {
        let key = PlaintextKey::generate(&"kw".parse().unwrap(), [3; 23]);
        let key = key.expose();
        assert_eq!(harmless(&format!("/a/{key}/b"), 100, None), "/a/***/b");
        assert_eq!(harmless(&format!("{key},{key}"), 100, None), "***,***");
        assert_eq!(harmless("x sk-live-123 y", 100, Some(PresentedKey::new("sk-live-123"))), "x *** y");
        // One that would be cut in two is hidden whole.
        let filled = format!("{}/{key}", "a".repeat(90));
        assert_eq!(harmless(&filled, 100, None), format!("{}/***", "a".repeat(90)));
    }

    #[test]
    fn nothing_acts_on_who_reads_it() {
        assert_eq!(
            harmless("a\r\nb\0c\u{1b}[31m\u{202e}d", 100, None),
            "a\u{FFFD}\u{FFFD}b\u{FFFD}c\u{FFFD}[31m\u{FFFD}d"
        );
    }

    proptest! {
        #[test]
        fn whatever_is_sent(text in any::<String>(), key in "[a-zA-Z0-9_.-]{20,40}", max in 0..60_usize) {
            let sent = format!("{text}{key}{text}");
            let presented = Some(PresentedKey::new(&key));
            for shown in [harmless(&sent, max, presented), harmless_path(&sent, max, presented)] {
                prop_assert!(shown.chars().count() <= max);
                prop_assert!(!shown.chars().any(char::is_control));
                prop_assert!(!shown.contains(&key));
            }
            prop_assert!(!harmless_path(&sent, max, None).contains(['?', '#']));
        }
    }
}
