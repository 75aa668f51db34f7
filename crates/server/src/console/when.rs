//! Times, for people: how far away they are, and exactly.

use keywright_domain::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const MONTH: i64 = 30 * DAY;
const YEAR: i64 = 365 * DAY;

/// A time on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct When {
    /// RFC 3339, for machines and for whoever points at it.
    pub(super) exact: String,
    /// Such as `3 days ago` or `in 2 hours`.
    pub(super) about: String,
}

impl When {
    pub(super) fn new(time: Timestamp, now: Timestamp) -> Self {
        Self { exact: time.to_string(), about: about(time.as_seconds() - now.as_seconds()) }
    }
}

impl When {
    /// The minute, in UTC, for people.
    pub(super) fn minute(&self) -> String {
        self.exact
            .get(..16)
            .map_or_else(|| self.exact.clone(), |minute| format!("{} UTC", minute.replace('T', " ")))
    }
}

fn about(seconds: i64) -> String {
    let away = seconds.abs();
    let (count, unit) = match away {
        ..MINUTE => return "just now".to_owned(),
        MINUTE..HOUR => (away / MINUTE, "minute"),
        HOUR..DAY => (away / HOUR, "hour"),
        DAY..MONTH => (away / DAY, "day"),
        MONTH..YEAR => (away / MONTH, "month"),
        YEAR.. => (away / YEAR, "year"),
    };
    let unit = if count == 1 { unit.to_owned() } else { format!("{unit}s") };
    if seconds < 0 { format!("{count} {unit} ago") } else { format!("in {count} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_minutes() {
        let time: Timestamp = "2026-11-21T09:30:12.345Z".parse().unwrap();
        assert_eq!(When::new(time, time).minute(), "2026-11-21 09:30 UTC");
    }

    #[test]
    fn distances_read_as_people_say_them() {
        for (seconds, said) in [
            (0, "just now"),
            (-59, "just now"),
            (-60, "1 minute ago"),
            (2 * HOUR + 5, "in 2 hours"),
            (-DAY, "1 day ago"),
            (45 * DAY, "in 1 month"),
            (-800 * DAY, "2 years ago"),
        ] {
            assert_eq!(about(seconds), said);
        }
    }
}
