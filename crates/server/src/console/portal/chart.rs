//! Uses of keys, day by day, as a small picture.

use keywright_domain::Timestamp;
use keywright_engine::PortalUse;

use super::words::Words;

/// The picture's size, in the units of its own.
const WIDTH: u64 = 600;
const HEIGHT: u64 = 72;
/// From a column to the next of 30.
const PITCH: u64 = 20;
/// A column's width.
const COLUMN: u64 = 14;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// What was answered, added up.
pub(super) struct Chart {
    pub(super) accepted: u64,
    pub(super) refused: u64,
    /// Why, and how often; the most first.
    pub(super) reasons: Vec<(&'static str, u64)>,
    pub(super) columns: Vec<Column>,
    pub(super) first: String,
    pub(super) last: String,
}

/// A day.
pub(super) struct Column {
    pub(super) x: u64,
    pub(super) accepted: Bar,
    pub(super) refused: Bar,
    pub(super) said: String,
}

pub(super) struct Bar {
    pub(super) y: u64,
    pub(super) height: u64,
}

impl Chart {
    pub(super) const WIDTH: u64 = WIDTH;
    pub(super) const HEIGHT: u64 = HEIGHT;
    pub(super) const COLUMN: u64 = COLUMN;

    pub(super) fn new(uses: &[PortalUse], since: Timestamp, until: Timestamp, words: &Words) -> Self {
        let split = |counts: &[(String, u64)]| {
            let all: u64 = counts.iter().map(|(_, count)| count).sum();
            let accepted = counts.iter().filter(|(code, _)| code == "VALID").map(|(_, count)| count).sum();
            (accepted, all - accepted)
        };
        let days: Vec<(Timestamp, (u64, u64))> =
            uses.iter().map(|day| (day.day, split(&day.counts))).collect();
        let most = days.iter().map(|(_, (accepted, refused))| accepted + refused).max().unwrap_or(0).max(1);
        let mut columns = Vec::new();
        let mut day = since;
        while day < until {
            let at = columns.len() as u64;
            let (accepted, refused) =
                days.iter().find(|(known, _)| *known == day).map_or((0, 0), |(_, counts)| *counts);
            columns.push(Column::new(
                at * PITCH + (PITCH - COLUMN) / 2,
                day,
                (accepted, refused),
                most,
                words,
            ));
            day = Timestamp::from_millis(day.as_millis() + DAY_MILLIS);
        }
        let mut reasons: Vec<(&'static str, u64)> = Vec::new();
        for (code, count) in uses.iter().flat_map(|day| &day.counts).filter(|(code, _)| code != "VALID") {
            let said = words.reason(code);
            match reasons.iter_mut().find(|(known, _)| *known == said) {
                Some((_, sum)) => *sum += count,
                None => reasons.push((said, *count)),
            }
        }
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let day_of = |time: Timestamp| super::day::Day::new(time).shown;
        Self {
            accepted: days.iter().map(|(_, (accepted, _))| accepted).sum(),
            refused: days.iter().map(|(_, (_, refused))| refused).sum(),
            reasons,
            columns,
            first: day_of(since),
            last: day_of(Timestamp::from_millis(until.as_millis() - 1)),
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.accepted + self.refused == 0
    }
}

impl Column {
    fn new(x: u64, day: Timestamp, (accepted, refused): (u64, u64), most: u64, words: &Words) -> Self {
        // What is there is seen, however little it is beside the most.
        let height = |count: u64| match count {
            0 => 0,
            count => {
                let share = u128::from(count) * u128::from(HEIGHT) / u128::from(most);
                u64::try_from(share).unwrap_or(HEIGHT).max(2)
            }
        };
        let (lower, upper) = (height(accepted), height(refused));
        let upper = upper.min(HEIGHT - lower.min(HEIGHT));
        let said = format!(
            "{}: {accepted} {}, {refused} {}",
            super::day::Day::new(day).shown,
            words.accepted.to_lowercase(),
            words.refused.to_lowercase()
        );
        Self {
            x,
            accepted: Bar { y: HEIGHT - lower, height: lower },
            refused: Bar { y: HEIGHT - lower - upper, height: upper },
            said,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::ENGLISH;
    use super::*;

    #[test]
    fn columns_stand_for_days_and_stay_in_the_picture() {
        let since: Timestamp = "2026-11-01T00:00:00.000Z".parse().unwrap();
        let day = |at: i64| Timestamp::from_millis(since.as_millis() + at * DAY_MILLIS);
        let count = |code: &str, count| (code.to_owned(), count);
        let uses = [
            PortalUse { day: day(1), counts: vec![count("VALID", 1_000_000)] },
            PortalUse {
                day: day(29),
                counts: vec![count("REVOKED", 2), count("RATE_LIMITED", 5), count("VALID", 999_993)],
            },
        ];
        let chart = Chart::new(&uses, since, day(30), &ENGLISH);
        assert_eq!((chart.accepted, chart.refused, chart.columns.len()), (1_999_993, 7, 30));
        assert_eq!((chart.first.as_str(), chart.last.as_str()), ("2026-11-01", "2026-11-30"));
        let heights: Vec<u64> = chart.columns.iter().map(|column| column.accepted.height).collect();
        assert_eq!((heights[0], heights[1]), (0, HEIGHT));
        for column in &chart.columns {
            assert!(column.x + COLUMN <= WIDTH);
            assert_eq!(column.refused.y + column.refused.height, column.accepted.y);
        }
        assert!(chart.columns[29].said.ends_with("999993 allowed, 7 denied"));
        assert_eq!(chart.reasons.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [5, 2]);
        assert!(Chart::new(&[], since, day(30), &ENGLISH).is_empty());
    }
}
