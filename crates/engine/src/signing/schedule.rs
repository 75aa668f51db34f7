//! When a signing key is made, signs, and is forgotten. Pure: rows and a time in, what is due out.

use std::time::Duration;

use keywright_domain::Timestamp;
use keywright_store::SealedSigningKey;

use crate::tokens::MAX_TTL;

/// How long a pair signs until another is published: 90 days, with the hour for which that one then waits.
const SIGNS_FOR: Duration = Duration::from_hours(90 * 24 - 1);
/// How long a pair is published before it signs: longer than verifiers keep the published keys without asking again.
pub(super) const PUBLISHED_BEFORE: Duration = Duration::from_hours(1);
/// What nodes' clocks may differ by, so that one of them signs with a pair a little longer than another thinks.
const CLOCKS_DIFFER: Duration = Duration::from_mins(10);

/// Until when a pair is published that stops signing then.
pub(super) fn published_until(stops_signing: Timestamp) -> Timestamp {
    stops_signing.plus(MAX_TTL).plus(CLOCKS_DIFFER)
}

/// What is to be done with the pairs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    /// Make another, at this position, that signs from then on.
    pub(super) make: Option<(i64, Timestamp)>,
    /// Forget those before this position.
    pub(super) forget_before: Option<i64>,
}

/// What is due now. `can_sign`: whether one of the pairs can be opened and signs now.
pub(super) fn due(rows: &[SealedSigningKey], can_sign: bool, now: Timestamp) -> Due {
    let last = rows.last();
    let next = last.map_or(1, |last| last.position + 1);
    let is_old = last.is_some_and(|last| last.signs_from.plus(SIGNS_FOR).has_passed(now));
    let make = if !can_sign {
        // Nobody could be shown it earlier; without it no token can be signed at all.
        Some((next, now))
    } else if is_old {
        Some((next, now.plus(PUBLISHED_BEFORE)))
    } else {
        None
    };
    let is_over = |successor: &SealedSigningKey| published_until(successor.signs_from).has_passed(now);
    let successors = rows.iter().skip(1);
    let forget_before = successors.take_while(|row| is_over(row)).last().map(|row| row.position);
    Due { make, forget_before }
}

#[cfg(test)]
mod tests {
    use keywright_store::Revision;

    use super::*;

    const HOUR: i64 = 3_600;
    const DAY: i64 = 24 * HOUR;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn rows(signs_from: &[i64]) -> Vec<SealedSigningKey> {
        let row = |(position, from): (i64, &i64)| SealedSigningKey {
            position,
            public: [0; 32],
            sealed: Vec::new(),
            created_at: at(*from),
            signs_from: at(*from),
            revision: Revision::ZERO,
        };
        (7..).zip(signs_from).map(row).collect()
    }

    #[test]
    fn the_first_signs_at_once() {
        assert_eq!(due(&[], false, at(5)), Due { make: Some((1, at(5))), forget_before: None });
    }

    #[test]
    fn another_is_published_an_hour_before_the_ninety_days_are_over() {
        let rows = rows(&[0]);
        assert_eq!(due(&rows, true, at(90 * DAY - HOUR - 1)), Due::default());
        let now = 90 * DAY - HOUR;
        assert_eq!(due(&rows, true, at(now)).make, Some((8, at(90 * DAY))));
        // A server that was off for long still shows it first.
        assert_eq!(due(&rows, true, at(200 * DAY)).make, Some((8, at(200 * DAY + HOUR))));
    }

    #[test]
    fn one_that_is_published_already_is_waited_for() {
        let rows = rows(&[0, 90 * DAY]);
        assert_eq!(due(&rows, true, at(90 * DAY - 1)), Due::default());
        assert_eq!(due(&rows, true, at(90 * DAY)), Due::default());
    }

    #[test]
    fn an_old_one_is_forgotten_when_its_last_token_has_ended() {
        let rows = rows(&[0, 10, 20, 10 * HOUR]);
        assert_eq!(due(&rows, true, at(HOUR + 600 + 9)).forget_before, None);
        assert_eq!(due(&rows, true, at(HOUR + 600 + 10)).forget_before, Some(8));
        assert_eq!(due(&rows, true, at(HOUR + 600 + 20)).forget_before, Some(9));
        assert_eq!(due(&rows, true, at(11 * HOUR + 600)).forget_before, Some(10));
    }

    #[test]
    fn where_none_can_be_opened_another_is_made_at_once() {
        assert_eq!(due(&rows(&[0]), false, at(100)).make, Some((8, at(100))));
    }
}
