//! A chart of counts over time: columns, one on the other by kind, drawn by the server.
//!
//! Places across are in percent and heights in pixels, so that it fits a telephone without a script and without text that
//! shrinks. What it shows stands in a table beneath it, too; a script reads columns out from there.

mod scale;

use std::fmt::{self, Display};

use askama::Template;

pub(super) use scale::grouped;
use scale::{Scale, short};

/// Pixels above the highest column.
const ABOVE: f64 = 10.0;
/// Pixels that the highest number up the side is high.
const HEIGHT: f64 = 176.0;
/// Pixels beneath the columns, for what they are called.
const BELOW: f64 = 26.0;
/// Pixels that a count is high at least, however small beside others: it is not nothing.
const LEAST: f64 = 2.0;
/// Hundredths of its place that a column takes; the rest keeps it apart from the next.
const COLUMN: f64 = 0.8;

/// A kind of thing that is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kind {
    /// What people call it.
    pub(super) label: String,
    /// The class that colours it.
    pub(super) class: &'static str,
}

/// A span of time, and how many of each kind were in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// When it was, in full.
    pub(super) name: String,
    /// The same in short, where it is written beneath the columns.
    pub(super) mark: Option<String>,
    /// As many as there are kinds, in their order.
    pub(super) counts: Vec<u64>,
}

/// A chart.
#[derive(Template)]
#[template(path = "chart.html")]
pub(super) struct Chart {
    id: &'static str,
    title: String,
    description: String,
    /// All of it together.
    total: String,
    /// Said in its place where nothing was counted.
    nothing: &'static str,
    /// The kinds that came, with how often.
    legend: Vec<(Kind, String)>,
    marks: Vec<Mark>,
    below: Vec<Below>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    totals: Vec<String>,
}

/// A number up the side.
struct Mark {
    y: Pixels,
    text: String,
}

/// What is written beneath a column.
struct Below {
    x: Percent,
    text: String,
}

/// A part of a column.
struct Column {
    x: Percent,
    width: Percent,
    y: Pixels,
    height: Pixels,
    class: &'static str,
}

/// A line of the table.
struct Row {
    name: String,
    counts: Vec<String>,
    /// The same as a sentence.
    said: String,
}

/// A place across.
struct Percent(f64);

/// A height.
struct Pixels(f64);

impl Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}%", self.0)
    }
}

impl Display for Pixels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}", self.0)
    }
}

impl Chart {
    /// A chart of spans that follow each other. `id` is its own on the page.
    pub(super) fn new(
        id: &'static str,
        title: String,
        nothing: &'static str,
        kinds: &[Kind],
        spans: &[Span],
    ) -> Self {
        let total = |at: usize| spans.iter().map(|span| span.counts[at]).fold(0, u64::saturating_add);
        let shown: Vec<usize> = (0..kinds.len()).filter(|at| total(*at) > 0).collect();
        let counts = |span: &Span| shown.iter().map(|at| span.counts[*at]).collect::<Vec<_>>();
        let highest = spans.iter().map(|span| sum(&counts(span))).max().unwrap_or(0);
        let scale = Scale::up_to(highest);
        let place = 100.0 / as_float(spans.len().max(1));
        let mut columns = Vec::new();
        for (at, span) in spans.iter().enumerate() {
            let x = as_float(at).mul_add(place, place * (1.0 - COLUMN) / 2.0);
            let mut y = ABOVE + HEIGHT;
            for (height, kind) in heights(&counts(span), scale).into_iter().zip(&shown) {
                y -= height;
                let (x, width) = (Percent(x), Percent(place * COLUMN));
                let class = kinds[*kind].class;
                if height > 0.0 {
                    columns.push(Column { x, width, y: Pixels(y), height: Pixels(height), class });
                }
            }
        }
        let labels: Vec<&str> = shown.iter().map(|at| kinds[*at].label.as_str()).collect();
        let totals: Vec<u64> = shown.iter().map(|at| total(*at)).collect();
        Self {
            id,
            title,
            description: in_words(&labels, &totals, nothing),
            total: grouped(sum(&totals)),
            nothing,
            legend: shown.iter().map(|at| (kinds[*at].clone(), grouped(total(*at)))).collect(),
            marks: scale.marks().map(|mark| Mark::new(mark, scale)).collect(),
            below: spans.iter().enumerate().filter_map(|(at, span)| Below::new(at, place, span)).collect(),
            columns,
            rows: spans
                .iter()
                .map(|span| Row {
                    name: span.name.clone(),
                    counts: counts(span).into_iter().map(grouped).collect(),
                    said: format!("{}: {}", span.name, in_words(&labels, &counts(span), "none")),
                })
                .collect(),
            totals: totals.into_iter().map(grouped).collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Pixels from its top to its bottom.
    fn height() -> Pixels {
        Pixels(ABOVE + HEIGHT + BELOW)
    }

    /// Where what is beneath the columns is written.
    fn baseline() -> Pixels {
        Pixels(ABOVE + HEIGHT + BELOW - 8.0)
    }
}

impl Mark {
    fn new(mark: u64, scale: Scale) -> Self {
        Self { y: Pixels(HEIGHT.mul_add(-scale.part(mark), ABOVE + HEIGHT)), text: short(mark) }
    }

    /// Where its number is written: half a letter lower.
    fn text_y(&self) -> Pixels {
        Pixels(self.y.0 + 4.0)
    }
}

impl Below {
    fn new(at: usize, place: f64, span: &Span) -> Option<Self> {
        Some(Self { x: Percent((as_float(at) + 0.5) * place), text: span.mark.clone()? })
    }
}

/// How high each part of a column is. What is too low to be seen takes what it needs from the highest.
fn heights(counts: &[u64], scale: Scale) -> Vec<f64> {
    let mut heights: Vec<f64> = counts.iter().map(|count| scale.part(*count) * HEIGHT).collect();
    let mut borrowed = 0.0;
    for (height, count) in heights.iter_mut().zip(counts) {
        if *count > 0 && *height < LEAST {
            borrowed += LEAST - *height;
            *height = LEAST;
        }
    }
    if let Some(highest) = heights.iter_mut().max_by(|one, other| one.total_cmp(other)) {
        *highest = (*highest - borrowed).max(highest.min(LEAST));
    }
    heights
}

/// `12 allowed, 3 expired`.
fn in_words(labels: &[&str], counts: &[u64], nothing: &str) -> String {
    let some = labels.iter().zip(counts).filter(|(_, count)| **count > 0);
    let said: Vec<String> =
        some.map(|(label, count)| format!("{} {}", grouped(*count), label.to_lowercase())).collect();
    if said.is_empty() { nothing.to_owned() } else { said.join(", ") }
}

fn sum(counts: &[u64]) -> u64 {
    counts.iter().copied().fold(0, u64::saturating_add)
}

#[expect(clippy::cast_precision_loss, reason = "there are far fewer columns than a float counts")]
fn as_float(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds() -> [Kind; 3] {
        [("Allowed", "s-in"), ("Not <b>permitted</b> \"&", "s-out"), ("Expired", "s-late")]
            .map(|(label, class)| Kind { label: label.to_owned(), class })
    }

    fn span(name: &str, counts: [u64; 3]) -> Span {
        Span { name: name.to_owned(), mark: Some(name.to_owned()), counts: counts.to_vec() }
    }

    fn chart(spans: &[Span]) -> Chart {
        Chart::new("uses", "Uses".to_owned(), "Nothing was asked", &kinds(), spans)
    }

    #[test]
    fn columns_stand_on_each_other_and_on_the_ground() {
        let chart = chart(&[span("a", [10, 10, 0]), span("b", [0, 0, 0])]);
        assert_eq!(chart.columns.len(), 2, "what is nothing is not drawn");
        let (low, high) = (&chart.columns[0], &chart.columns[1]);
        assert_eq!((low.class, high.class), ("s-in", "s-out"));
        assert!((low.y.0 + low.height.0 - (ABOVE + HEIGHT)).abs() < 0.01);
        assert!((high.y.0 + high.height.0 - low.y.0).abs() < 0.01);
        assert!((high.y.0 - ABOVE).abs() < 0.01, "20 of 20");
        assert!((low.x.0 - 5.0).abs() < 0.01 && (low.width.0 - 40.0).abs() < 0.01);
    }

    #[test]
    fn the_few_among_the_many_are_seen() {
        let chart = chart(&[span("a", [999_997, 1, 2])]);
        let heights: Vec<f64> = chart.columns.iter().map(|column| column.height.0).collect();
        assert!(heights[1..].iter().all(|height| (*height - LEAST).abs() < 0.01), "{heights:?}");
        assert!((heights.iter().sum::<f64>() - HEIGHT).abs() < 0.01, "and nothing is higher for it");
    }

    #[test]
    fn all_is_told_in_words_and_in_a_table() {
        let html = chart(&[span("Mon", [1_200, 0, 3]), span("Tue", [0, 0, 0])]).render().unwrap();
        assert!(html.contains("role=\"img\"") && html.contains("<title id=\"uses-title\">Uses</title>"));
        assert!(html.contains("1,200 allowed, 3 expired"), "{html}");
        assert!(html.contains("data-said=\"Tue: none\"") && html.contains("<caption"));
        assert!(html.contains(">1.5k</text>") && html.contains(">0</text>"), "{html}");
        assert!(!html.contains("permitted"), "a kind that never came takes no room: {html}");
        assert!(!html.contains("style="));
    }

    #[test]
    fn nothing_is_said_and_not_drawn() {
        for spans in [&[][..], &[span("Mon", [0, 0, 0])][..]] {
            let html = chart(spans).render().unwrap();
            assert!(html.contains("Nothing was asked") && !html.contains("<rect"), "{html}");
        }
    }

    #[test]
    fn names_are_text() {
        let html = chart(&[span("<script>alert(1)</script>\"'", [0, 5, 0])]).render().unwrap();
        assert!(!html.contains("<script") && !html.contains("<b>permitted"), "{html}");
        assert!(html.contains("Not &#60;b&#62;permitted"), "{html}");
    }
}
