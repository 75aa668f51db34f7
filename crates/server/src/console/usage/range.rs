//! How far a page of usage looks back, and in what columns.

use keywright_domain::{LocalTime, TimeZone, Timestamp};
use serde::{Deserialize, Serialize};

const HOUR_MS: i64 = 60 * 60 * 1000;

/// How far back.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub(in crate::console) enum Range {
    /// 28 columns of a quarter of a day.
    #[serde(rename = "7d")]
    Week,
    /// 30 columns of a day.
    #[serde(rename = "30d")]
    Month,
    /// 90 columns of a day in UTC: hours are not kept for so long.
    #[serde(rename = "90d")]
    Quarter,
    /// 24 columns of an hour; also whatever an address says that is none of them.
    #[default]
    #[serde(rename = "24h", other)]
    Day,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) start: Timestamp,
    pub(super) name: String,
    pub(super) mark: Option<String>,
}

/// The columns of a range.
#[derive(Debug)]
pub(super) struct Timeline {
    pub(super) slots: Vec<Slot>,
    pub(super) until: Timestamp,
}

impl Range {
    pub(in crate::console) const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// As addresses spell it.
    pub(in crate::console) const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Quarter => "90d",
        }
    }

    /// As people say it.
    pub(in crate::console) const fn in_words(self) -> &'static str {
        match self {
            Self::Day => "24 hours",
            Self::Week => "7 days",
            Self::Month => "30 days",
            Self::Quarter => "90 days",
        }
    }

    /// The zone that its columns are told in.
    pub(in crate::console) fn zone(self, own: &TimeZone) -> TimeZone {
        if self == Self::Quarter { TimeZone::default() } else { own.clone() }
    }

    /// Its columns up to now, the one that has begun included.
    pub(super) fn slots(self, own: &TimeZone, now: Timestamp) -> Timeline {
        let zone = self.zone(own);
        let mut starts = match self {
            Self::Day => last_hours(now),
            Self::Week => zone.last_days(7, 4, now),
            Self::Month => zone.last_days(30, 1, now),
            Self::Quarter => zone.last_days(90, 1, now),
        };
        let until = starts.pop().unwrap_or(now);
        let slots = starts.iter().enumerate().map(|(at, start)| {
            let local = zone.local(*start);
            let end = zone.local(starts.get(at + 1).copied().unwrap_or(until));
            Slot { start: *start, name: self.name(local, end), mark: self.mark(at, local) }
        });
        Timeline { slots: slots.collect(), until }
    }

    /// From when on, and until when.
    pub(super) fn span(self, own: &TimeZone, now: Timestamp) -> (Timestamp, Timestamp) {
        let Timeline { slots, until } = self.slots(own, now);
        (slots.first().map_or(until, |slot| slot.start), until)
    }

    /// The steps in which to ask for it.
    pub(super) const fn interval(self) -> &'static str {
        match self {
            Self::Quarter => "day",
            Self::Day | Self::Week | Self::Month => "hour",
        }
    }

    fn name(self, start: LocalTime, end: LocalTime) -> String {
        let day = format!("{} {} {}", weekday(start), start.day, month(start));
        match self {
            Self::Month => day,
            Self::Quarter => format!("{day}, UTC"),
            Self::Day | Self::Week => format!("{day}, {}–{}", clock(start), clock(end)),
        }
    }

    /// Beneath some of the columns; on a telephone there is room for seven.
    fn mark(self, at: usize, start: LocalTime) -> Option<String> {
        match self {
            Self::Day => at.is_multiple_of(4).then(|| clock(start)),
            Self::Week => at.is_multiple_of(4).then(|| format!("{} {}", weekday(start), start.day)),
            Self::Month => at.is_multiple_of(6).then(|| format!("{} {}", start.day, month(start))),
            Self::Quarter => at.is_multiple_of(18).then(|| format!("{} {}", start.day, month(start))),
        }
    }
}

/// The last 24 hours and the end of the last: hours as they are counted, so that where clocks are half an hour off, a column
/// begins at the half hour.
fn last_hours(now: Timestamp) -> Vec<Timestamp> {
    let end = now.as_millis() - now.as_millis().rem_euclid(HOUR_MS) + HOUR_MS;
    (0..=24).rev().map(|back| Timestamp::from_millis(end - back * HOUR_MS)).collect()
}

fn clock(at: LocalTime) -> String {
    format!("{:02}:{:02}", at.hour, at.minute)
}

fn weekday(at: LocalTime) -> &'static str {
    named(&["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], at.weekday)
}

fn month(at: LocalTime) -> &'static str {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    named(&MONTHS, at.month - 1)
}

fn named(names: &[&'static str], at: i8) -> &'static str {
    usize::try_from(at).ok().and_then(|at| names.get(at)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(range: Range, zone: &str, now: &str) -> Timeline {
        range.slots(&zone.parse().unwrap(), now.parse().unwrap())
    }

    #[test]
    fn a_range_has_the_columns_that_it_says() {
        for (range, columns, marks) in
            [(Range::Day, 24, 6), (Range::Week, 28, 7), (Range::Month, 30, 5), (Range::Quarter, 90, 5)]
        {
            let slots = slots(range, "Europe/Berlin", "2026-11-21T09:30:00Z");
            assert_eq!(slots.slots.len(), columns, "{range:?}");
            assert_eq!(slots.slots.iter().filter(|slot| slot.mark.is_some()).count(), marks, "{range:?}");
            assert!(slots.slots.is_sorted_by_key(|slot| slot.start), "{range:?}");
        }
    }

    #[test]
    fn columns_are_named_as_clocks_there_say() {
        let day = slots(Range::Day, "Europe/Berlin", "2026-11-21T09:30:00Z");
        assert_eq!(day.slots.last().unwrap().name, "Sat 21 Nov, 10:00–11:00");
        assert_eq!(day.slots[0].mark.as_deref(), Some("11:00"));
        assert_eq!(day.until, "2026-11-21T10:00:00Z".parse().unwrap());
        let half = slots(Range::Day, "Asia/Kolkata", "2026-11-21T09:30:00Z");
        assert_eq!(half.slots.last().unwrap().name, "Sat 21 Nov, 14:30–15:30");
        let month = slots(Range::Month, "Asia/Tokyo", "2026-11-21T15:00:00Z");
        assert_eq!(month.slots.last().unwrap().name, "Sun 22 Nov", "it is tomorrow there");
        let quarter = slots(Range::Quarter, "Asia/Tokyo", "2026-11-21T15:00:00Z");
        assert_eq!(quarter.slots.last().unwrap().name, "Sat 21 Nov, UTC");
    }

    #[test]
    fn an_address_that_says_something_else_is_shown_the_first() {
        #[derive(Deserialize)]
        struct Asked {
            range: Range,
        }
        let asked = |query: &str| serde_urlencoded::from_str::<Asked>(query).unwrap().range;
        assert_eq!(asked("range=24h"), Range::Day);
        assert_eq!(asked("range=90d"), Range::Quarter);
        assert_eq!(asked("range=for+ever"), Range::Day);
    }
}
