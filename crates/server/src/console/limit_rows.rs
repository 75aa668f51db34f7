//! Rows of a form for rate limits, of a key or of all keys of an owner.

use keywright_domain::RateLimit;
use keywright_engine::FieldProblem;

use super::fields::Fields;

/// Rows on a form. There may be 8 limits; the API sets the others.
const ROWS: usize = 3;

/// Windows that a form offers, in seconds.
const WINDOWS: [(&str, &str); 4] = [("1", "second"), ("60", "minute"), ("3600", "hour"), ("86400", "day")];

/// One row.
pub(super) struct LimitRow {
    pub(super) at: usize,
    pub(super) name: String,
    pub(super) count: String,
    pub(super) window: String,
}

impl LimitRow {
    /// The windows to choose from, and the one that is set if it is none of them.
    pub(super) fn windows(&self) -> Vec<(String, String, bool)> {
        let chosen = if self.window.is_empty() { "60" } else { self.window.as_str() };
        let mut all: Vec<_> = WINDOWS
            .into_iter()
            .map(|(seconds, unit)| (seconds.to_owned(), format!("per {unit}"), seconds == chosen))
            .collect();
        if all.iter().all(|(.., is_chosen)| !is_chosen) {
            all.push((chosen.to_owned(), format!("per {chosen} seconds"), true));
        }
        all
    }
}

/// The rows of a form that says this.
pub(super) fn of(fields: &Fields) -> Vec<LimitRow> {
    let text = |name: &str, at: usize| fields.text(&format!("{name}{at}")).to_owned();
    let row = |at| LimitRow {
        at,
        name: text("limitName", at),
        count: text("limitCount", at),
        window: text("limitWindow", at),
    };
    (0..ROWS).map(row).collect()
}

/// What a form says of limits that there are.
pub(super) fn put(mut fields: Fields, limits: &[RateLimit]) -> Fields {
    for (at, limit) in limits.iter().enumerate() {
        fields = fields
            .with(&format!("limitName{at}"), limit.name.as_str())
            .with(&format!("limitCount{at}"), limit.limit.to_string())
            .with(&format!("limitWindow{at}"), limit.window_seconds.to_string());
    }
    fields
}

/// The limits that a form asks for.
pub(super) fn read(fields: &Fields, problems: &mut Vec<FieldProblem>) -> Vec<RateLimit> {
    let mut limits = Vec::new();
    for at in 0..ROWS {
        let Some(count) = fields.given(&format!("limitCount{at}")) else { continue };
        let (Ok(limit), Ok(window_seconds)) =
            (count.parse(), fields.text(&format!("limitWindow{at}")).parse())
        else {
            problems.push(FieldProblem::new(format!("rateLimits[{at}]"), "must be a whole number"));
            continue;
        };
        let name = fields.given(&format!("limitName{at}")).unwrap_or_else(|| "default".to_owned());
        limits.push(RateLimit { name, limit, window_seconds });
    }
    limits
}

/// The same where there are limits already: those that the form has no row for stay.
pub(super) fn read_beside(
    fields: &Fields,
    before: &[RateLimit],
    problems: &mut Vec<FieldProblem>,
) -> Vec<RateLimit> {
    let mut limits = read(fields, problems);
    limits.extend(before.iter().skip(ROWS).cloned());
    limits
}

/// A limit, as people say it.
pub(super) fn in_words(limit: &RateLimit) -> String {
    let window = match limit.window_seconds {
        1 => "second".to_owned(),
        60 => "minute".to_owned(),
        3_600 => "hour".to_owned(),
        86_400 => "day".to_owned(),
        seconds => format!("{seconds} seconds"),
    };
    format!("{}: {} per {window}", limit.name, limit.limit)
}
