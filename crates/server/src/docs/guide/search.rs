//! Search: sections that have all words of a question, then those that have some, the most telling first.

use std::sync::LazyLock;

use super::library::{Page, pages};
use super::words::{Word, words};

/// What of a question is looked at.
const MAX_QUESTION_CHARS: usize = 200;
const MAX_WORDS: usize = 8;
/// How many answers are given.
const MAX_FOUND: usize = 20;
/// How much of a section is shown, in words.
const SHOWN_WORDS: usize = 36;

/// What a match in each of these counts for, beside one in the text.
const IN_HEADING: f64 = 6.0;
const IN_TITLE: f64 = 3.0;
/// A word that only begins as asked counts less than the word itself.
const BEGINNING: f64 = 0.4;

/// A section that was found.
pub(super) struct Found {
    pub(super) href: String,
    pub(super) page: &'static str,
    pub(super) heading: &'static str,
    pub(super) excerpt: Vec<Piece>,
    /// Whether all words were found there.
    pub(super) has_all: bool,
}

/// A part of an excerpt.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) is_match: bool,
}

/// A section, as it is searched.
struct Entry {
    page: &'static Page,
    anchor: &'static str,
    heading: &'static str,
    text: &'static str,
    title_words: Vec<Word>,
    heading_words: Vec<Word>,
    text_words: Vec<Word>,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let of_page = |page: &'static Page| {
        page.sections.iter().map(move |section| Entry {
            page,
            anchor: &section.anchor,
            heading: &section.heading,
            text: &section.text,
            title_words: words(&page.title),
            heading_words: words(&section.heading),
            text_words: words(&section.text),
        })
    };
    pages().iter().flat_map(of_page).collect()
});

/// Looks for a question's words.
pub(super) fn search(question: &str) -> Vec<Found> {
    let question: String = question.chars().take(MAX_QUESTION_CHARS).collect();
    let mut asked: Vec<String> =
        words(&question).into_iter().map(|word| stem(&word.text).to_owned()).collect();
    asked.dedup();
    asked.truncate(MAX_WORDS);
    if asked.is_empty() {
        return Vec::new();
    }
    let all = |entry: &Entry| -> Vec<f64> { asked.iter().map(|word| entry.weight(word)).collect() };
    let weighed: Vec<(&Entry, Vec<f64>)> = ENTRIES.iter().map(|entry| (entry, all(entry))).collect();
    // A word that stands in few sections tells more than one that stands in all.
    let rarity: Vec<f64> = (0..asked.len())
        .map(|at| {
            let sections = weighed.iter().filter(|(_, weights)| weights[at] > 0.0).count();
            (1.0 + count(ENTRIES.len()) / (1.0 + count(sections))).ln()
        })
        .collect();
    let score =
        |weights: &[f64]| weights.iter().zip(&rarity).map(|(weight, rarity)| weight * rarity).sum::<f64>();
    let had = |weights: &[f64]| weights.iter().filter(|weight| **weight > 0.0).count();
    let mut scored: Vec<(usize, f64, &Entry)> = weighed
        .iter()
        .map(|(entry, weights)| (had(weights), score(weights), *entry))
        .filter(|(had, _, _)| *had > 0)
        .collect();
    scored.sort_by(|(had, score, _), (other_had, other, _)| other_had.cmp(had).then(other.total_cmp(score)));
    let found = scored.into_iter().take(MAX_FOUND);
    found.map(|(had, _, entry)| entry.found(&asked, had == asked.len())).collect()
}

impl Entry {
    /// How much the section has to do with a word.
    fn weight(&self, asked: &str) -> f64 {
        let sum = |words: &[Word]| words.iter().map(|word| likeness(&word.text, asked)).sum::<f64>();
        let in_text = sum(&self.text_words);
        // The tenth time says little more than the third.
        let in_text = in_text / (in_text + 1.5);
        let once = |words: &[Word]| words.iter().map(|word| likeness(&word.text, asked)).fold(0.0, f64::max);
        in_text + IN_HEADING * once(&self.heading_words) + IN_TITLE * once(&self.title_words)
    }

    fn found(&self, asked: &[String], has_all: bool) -> Found {
        let place = if self.anchor.is_empty() { String::new() } else { format!("#{}", self.anchor) };
        Found {
            href: format!("{}{place}", self.page.href()),
            page: &self.page.title,
            heading: if self.anchor.is_empty() { "" } else { self.heading },
            excerpt: excerpt(self.text, &self.text_words, asked),
            has_all,
        }
    }
}

/// 1 for the word itself, less for one that begins so, 0 for others.
fn likeness(word: &str, asked: &str) -> f64 {
    if stem(word) == asked {
        1.0
    } else if asked.chars().count() > 1 && word.starts_with(asked) {
        BEGINNING
    } else {
        0.0
    }
}

/// A word in the singular, or nearly.
fn stem(word: &str) -> &str {
    let is_long = word.len() > 3 && !word.ends_with("ss") && !word.ends_with("us") && !word.ends_with("is");
    if is_long { word.strip_suffix('s').unwrap_or(word) } else { word }
}

/// The stretch of a text with the most of the words, these marked.
fn excerpt(text: &str, words: &[Word], asked: &[String]) -> Vec<Piece> {
    let matches: Vec<bool> =
        words.iter().map(|word| asked.iter().any(|asked| likeness(&word.text, asked) > 0.0)).collect();
    let begins = 0..=words.len().saturating_sub(SHOWN_WORDS);
    let within =
        |begin: usize| matches[begin..].iter().take(SHOWN_WORDS).filter(|is_match| **is_match).count();
    // Of several as good, the first.
    let begin = begins.rev().max_by_key(|begin| within(*begin)).unwrap_or(0);
    // A little of what stands before it.
    let first = matches.iter().skip(begin).position(|is_match| *is_match).map_or(0, |after| begin + after);
    let begin = begin.max(first.saturating_sub(SHOWN_WORDS / 4));
    let end = words.len().min(begin + SHOWN_WORDS);
    let mut pieces = Vec::new();
    let mut push = |text: &str, is_match: bool| {
        if !text.is_empty() {
            pieces.push(Piece { text: text.to_owned(), is_match });
        }
    };
    if begin > 0 {
        push("… ", false);
    }
    let mut at = if begin == 0 { 0 } else { words[begin].at.start };
    for (word, _) in words[begin..end].iter().zip(&matches[begin..end]).filter(|(_, is_match)| **is_match) {
        push(&text[at..word.at.start], false);
        push(&text[word.at.clone()], true);
        at = word.at.end;
    }
    let whole = if end == words.len() { text.len() } else { words[end - 1].at.end };
    push(text[at..whole].trim_end(), false);
    if end < words.len() {
        push(" …", false);
    }
    pieces
}

#[expect(clippy::cast_precision_loss, reason = "counts of sections are small")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_about_it_is_among_the_first() {
        for (question, href) in [
            ("pepper", "/docs/guide/operating#the-pepper"),
            ("route tables", "/docs/guide/gateways#the-route-table"),
            ("signing key", "/docs/guide/tokens#the-signing-keys"),
            ("IMMICH", "/docs/guide/dialects/immich"),
        ] {
            assert!(search(question).iter().take(3).any(|found| found.href == href), "{question}");
        }
        assert!(!search("apiKey.manage").is_empty());
    }

    #[test]
    fn what_has_all_words_comes_before_what_has_some() {
        let found = search("lost pepper");
        let has_all: Vec<bool> = found.iter().map(|found| found.has_all).collect();
        assert!(has_all[0] && !has_all[has_all.len() - 1] && has_all.is_sorted_by(|one, other| one >= other));
        assert!(search("pepper zebra").iter().all(|found| !found.has_all));
        assert!(search("zebra").is_empty());
        assert!(search("").is_empty() && search(" ., ").is_empty());
        assert!(search(&"key ".repeat(10_000)).len() <= MAX_FOUND);
    }

    #[test]
    fn an_excerpt_shows_the_words() {
        let text = format!("{}A lost pepper, and peppers. {}", "before ".repeat(60), "after ".repeat(60));
        let pieces = excerpt(&text, &words(&text), &["pepper".to_owned(), "lost".to_owned()]);
        let marked: Vec<&str> =
            pieces.iter().filter(|piece| piece.is_match).map(|piece| piece.text.as_str()).collect();
        assert_eq!(marked, ["lost", "pepper", "peppers"]);
        assert_eq!((pieces[0].text.as_str(), pieces.last().unwrap().text.as_str()), ("… ", " …"));
        let shown: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert!(shown.contains("before A lost pepper, and peppers. after"), "{shown}");

        let short = excerpt("Only this.", &words("Only this."), &["nothing".to_owned()]);
        assert_eq!(short, [Piece { text: "Only this.".to_owned(), is_match: false }]);
        assert!(excerpt("", &[], &["x".to_owned()]).is_empty());
    }
}
