//! Time zones: when a day and a month begin.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::tz::TimeZoneDatabase;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{RefillInterval, Timestamp};

/// The zones of the IANA database, which is built in: the same on every machine.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time zone of the IANA database, such as `Europe/Berlin`; UTC unless said otherwise.
#[derive(Clone, PartialEq, Eq)]
pub struct TimeZone(jiff::tz::TimeZone);

/// What calendar and clock say somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// The year.
    pub year: i16,
    /// The month: 1 to 12.
    pub month: i8,
    /// The day of the month: 1 to 31.
    pub day: i8,
    /// Days since Monday: 0 to 6.
    pub weekday: i8,
    /// 0 to 23.
    pub hour: i8,
    /// 0 to 59.
    pub minute: i8,
}

/// A text that names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be the IANA name of a time zone, such as Europe/Berlin or UTC")]
pub struct TimeZoneError;

impl TimeZone {
    /// Its name in the IANA database.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// When the next day or month begins here after `time`: at the first moment that the new date has, which is not
    /// midnight where clocks are put forward then. `None` beyond the year 9999.
    pub fn next_start(&self, interval: RefillInterval, time: Timestamp) -> Option<Timestamp> {
        let here = jiff::Timestamp::from_millisecond(time.as_millis()).ok()?.to_zoned(self.0.clone());
        let date = match interval {
            RefillInterval::Daily => here.date().tomorrow().ok()?,
            RefillInterval::Monthly => here.date().last_of_month().tomorrow().ok()?,
        };
        self.start_of(date)
    }

    /// Where the last `days` days begin here, the one that `time` is in included, each in so many equal `parts` (of 24
    /// hours by the clock); last comes where the day after begins. A part that clocks leave out is left out.
    pub fn last_days(&self, days: i16, parts: i8, time: Timestamp) -> Vec<Timestamp> {
        let Ok(now) = jiff::Timestamp::from_millisecond(time.as_millis()) else { return Vec::new() };
        let today = now.to_zoned(self.0.clone()).date();
        let mut starts = Vec::new();
        for back in (0..days).rev() {
            let Ok(date) = today.checked_sub(jiff::Span::new().days(back)) else { continue };
            let hours = 24 / parts.clamp(1, 24);
            for part in 0..parts.clamp(1, 24) {
                starts.extend(self.at(date, part * hours));
            }
        }
        starts.extend(today.tomorrow().ok().and_then(|tomorrow| self.start_of(tomorrow)));
        starts.dedup();
        starts
    }

    /// What calendar and clock say here.
    pub fn local(&self, time: Timestamp) -> LocalTime {
        let now = jiff::Timestamp::from_millisecond(time.as_millis()).unwrap_or(jiff::Timestamp::MAX);
        let here = now.to_zoned(self.0.clone());
        LocalTime {
            year: here.year(),
            month: here.month(),
            day: here.day(),
            weekday: here.weekday().to_monday_zero_offset(),
            hour: here.hour(),
            minute: here.minute(),
        }
    }

    fn at(&self, date: Date, hour: i8) -> Option<Timestamp> {
        let at = date.at(hour, 0, 0, 0).to_zoned(self.0.clone()).ok()?;
        Some(Timestamp::from_millis(at.timestamp().as_millisecond()))
    }

    fn start_of(&self, date: Date) -> Option<Timestamp> {
        // Of a midnight that comes twice the first counts; one that is left out begins when the gap ends.
        let start = date.to_zoned(self.0.clone()).ok()?;
        Some(Timestamp::from_millis(start.timestamp().as_millisecond()))
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self(jiff::tz::TimeZone::UTC)
    }
}

impl FromStr for TimeZone {
    type Err = TimeZoneError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let zone = ZONES.get(text).map_err(|_| TimeZoneError)?;
        if zone.is_unknown() { Err(TimeZoneError) } else { Ok(Self(zone)) }
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for TimeZone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for TimeZone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn next(zone: &str, interval: RefillInterval, time: &str) -> String {
        let zone: TimeZone = zone.parse().unwrap();
        zone.next_start(interval, time.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn days_begin_where_the_zone_is() {
        let daily = RefillInterval::Daily;
        assert_eq!(next("UTC", daily, "2026-11-21T09:30:00Z"), "2026-11-22T00:00:00.000Z");
        assert_eq!(next("UTC", daily, "2026-11-22T00:00:00Z"), "2026-11-23T00:00:00.000Z");
        assert_eq!(next("Asia/Tokyo", daily, "2026-11-21T14:59:59Z"), "2026-11-21T15:00:00.000Z");
        assert_eq!(next("Asia/Kathmandu", daily, "2026-11-21T20:00:00Z"), "2026-11-22T18:15:00.000Z");
    }

    #[test]
    fn months_begin_on_their_first_day() {
        let monthly = RefillInterval::Monthly;
        assert_eq!(next("UTC", monthly, "2028-02-29T23:59:59Z"), "2028-03-01T00:00:00.000Z");
        assert_eq!(next("UTC", monthly, "2026-12-01T00:00:00Z"), "2027-01-01T00:00:00.000Z");
        assert_eq!(next("America/New_York", monthly, "2026-11-01T03:59:59Z"), "2026-11-01T04:00:00.000Z");
    }

    #[test]
    fn days_are_as_long_as_clocks_say() {
        let daily = RefillInterval::Daily;
        // 23 and 25 hours.
        assert_eq!(next("Europe/Berlin", daily, "2026-03-28T23:00:00Z"), "2026-03-29T22:00:00.000Z");
        assert_eq!(next("Europe/Berlin", daily, "2026-10-24T22:00:00Z"), "2026-10-25T23:00:00.000Z");
        // Clocks go from 24:00 to 01:00: the day begins at 01:00.
        assert_eq!(next("Africa/Cairo", daily, "2026-04-23T12:00:00Z"), "2026-04-23T22:00:00.000Z");
        // Clocks go back from 01:00 to 00:00 in Havana: the day begins once.
        assert_eq!(next("America/Havana", daily, "2026-10-31T12:00:00Z"), "2026-11-01T04:00:00.000Z");
        assert_eq!(next("America/Havana", daily, "2026-11-01T04:00:00Z"), "2026-11-02T05:00:00.000Z");
        // Samoa left out the whole 30th of December 2011.
        assert_eq!(next("Pacific/Apia", daily, "2011-12-29T12:00:00Z"), "2011-12-30T10:00:00.000Z");
        assert_eq!(next("Pacific/Apia", daily, "2011-12-30T10:00:00Z"), "2011-12-31T10:00:00.000Z");
    }

    #[test]
    fn the_last_days_are_those_of_the_zone() {
        let starts = |zone: &str, days, parts, time: &str| -> Vec<String> {
            let zone: TimeZone = zone.parse().unwrap();
            zone.last_days(days, parts, time.parse().unwrap()).iter().map(ToString::to_string).collect()
        };
        assert_eq!(
            starts("Asia/Tokyo", 2, 1, "2026-11-21T15:00:00Z"),
            ["2026-11-20T15:00:00.000Z", "2026-11-21T15:00:00.000Z", "2026-11-22T15:00:00.000Z"]
        );
        // The day has 25 hours: its first quarter has 7 of them.
        assert_eq!(
            starts("Europe/Berlin", 1, 4, "2026-10-25T12:00:00Z"),
            [
                "2026-10-24T22:00:00.000Z",
                "2026-10-25T05:00:00.000Z",
                "2026-10-25T11:00:00.000Z",
                "2026-10-25T17:00:00.000Z",
                "2026-10-25T23:00:00.000Z",
            ]
        );
        // A day that was left out has no column of its own.
        assert_eq!(starts("Pacific/Apia", 3, 1, "2011-12-31T12:00:00Z").len(), 3);
        assert_eq!(starts("UTC", 30, 4, "2026-11-21T09:30:00Z").len(), 121);
    }

    #[test]
    fn clocks_say_what_people_there_read() {
        let zone: TimeZone = "Asia/Kathmandu".parse().unwrap();
        let local = zone.local("2026-11-21T18:20:00Z".parse().unwrap());
        let midnight = LocalTime { year: 2026, month: 11, day: 22, weekday: 6, hour: 0, minute: 5 };
        assert_eq!(local, midnight);
    }

    #[test]
    fn names_are_read_and_written() {
        let zone: TimeZone = "europe/berlin".parse().unwrap();
        assert_eq!(zone.to_string(), "Europe/Berlin");
        assert_eq!("UTC".parse::<TimeZone>().unwrap(), TimeZone::default());
        for bad in ["", "Europe", "Mars/Olympus", "Etc/Unknown", "../UTC", "+02:00", "UTC "] {
            assert!(bad.parse::<TimeZone>().is_err(), "{bad} was accepted");
        }
        assert_eq!("x".parse::<TimeZone>().unwrap_err(), TimeZoneError);
    }

    proptest! {
        #[test]
        fn the_next_start_is_later(
            zone in proptest::sample::select(vec!["UTC", "Europe/Berlin", "America/Havana", "Pacific/Apia", "Africa/Cairo", "Australia/Lord_Howe"]),
            millis in 0_i64..4_102_444_800_000,
            monthly: bool,
        ) {
            let zone: TimeZone = zone.parse().unwrap();
            let (interval, days) =
                if monthly { (RefillInterval::Monthly, 32) } else { (RefillInterval::Daily, 2) };
            let time = Timestamp::from_millis(millis);
            let next = zone.next_start(interval, time).unwrap();
            prop_assert!(next > time);
            prop_assert!(next.since(time) < std::time::Duration::from_hours(days * 24 + 2));
        }
    }
}
