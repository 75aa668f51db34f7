//! Times, as every language reads them.

use keywright_domain::Timestamp;

/// A time on a page of the portal.
pub(super) struct Day {
    /// RFC 3339, for machines and for whoever points at it.
    pub(super) exact: String,
    /// The day, such as `2026-11-21`.
    pub(super) shown: String,
}

impl Day {
    pub(super) fn new(time: Timestamp) -> Self {
        let exact = time.to_string();
        let shown = exact.split('T').next().unwrap_or_default().to_owned();
        Self { exact, shown }
    }

    /// With the minute, UTC.
    pub(super) fn to_the_minute(time: Timestamp) -> Self {
        let exact = time.to_string();
        let shown = exact.get(..16).map(|minute| format!("{} UTC", minute.replace('T', " ")));
        Self { shown: shown.unwrap_or_else(|| exact.clone()), exact }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_day_in_every_language() {
        let time: Timestamp = "2026-11-21T09:30:12.345Z".parse().unwrap();
        assert_eq!(Day::new(time).shown, "2026-11-21");
        assert_eq!(Day::to_the_minute(time).shown, "2026-11-21 09:30 UTC");
    }
}
