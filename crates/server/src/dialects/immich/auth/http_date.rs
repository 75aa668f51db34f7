//! Times as HTTP writes them (RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`).

use keywright_domain::Timestamp;

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// The time, in whole seconds.
pub(super) fn http_date(time: Timestamp) -> String {
    // 1970-01-01 was a Thursday.
    let weekday = (time.as_seconds().div_euclid(SECONDS_A_DAY) + 4).rem_euclid(7);
    let weekday = usize::try_from(weekday).unwrap_or_default();
    // `1994-11-06T08:49:37.000Z`: every time that can be told has a year of four digits.
    let shown = time.to_string();
    let month: usize = shown[5..7].parse().unwrap_or(1);
    let (year, day, clock) = (&shown[..4], &shown[8..10], &shown[11..19]);
    format!("{}, {day} {} {year} {clock} GMT", DAYS[weekday], MONTHS[month - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_standard_has_them() {
        for (time, written) in [
            ("1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ("1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("2028-02-29T23:59:59.999Z", "Tue, 29 Feb 2028 23:59:59 GMT"),
            ("1969-12-31T12:00:00Z", "Wed, 31 Dec 1969 12:00:00 GMT"),
        ] {
            assert_eq!(http_date(time.parse().unwrap()), written);
        }
    }
}
