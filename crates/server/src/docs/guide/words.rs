//! Texts as words: runs of letters and digits, in lower case.

use std::ops::Range;

/// A word, and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) at: Range<usize>,
}

/// The words of a text, in its order.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut begin = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (begin, c.is_alphanumeric()) {
            (None, true) => begin = Some(at),
            (Some(start), false) => {
                found.push(Word { text: text[start..at].to_lowercase(), at: start..at });
                begin = None;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_part_words() {
        let texts: Vec<String> =
            words("`apiKey.create` — Über_2, x").into_iter().map(|word| word.text).collect();
        assert_eq!(texts, ["apikey", "create", "über", "2", "x"]);
        let word = &words("é ab")[1];
        assert_eq!(word.at, 3..5);
        assert!(words(" .,").is_empty());
    }
}
