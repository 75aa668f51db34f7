//! How fast uses are written: with a tenth of a processor, so that verifications and changes hardly notice, and faster the
//! less room there is for what waits. What is written later is less to write, too: of a key that was used again meanwhile
//! there is one row.

use std::time::Duration;

/// Rests take so many times as long as work does, while there is room.
const REST_SHARE: u32 = 9;
/// The longest rest: work that took longer waited for others at the writer.
const LONGEST_REST: Duration = Duration::from_millis(150);
/// From here on (of the room, in percent) there are no rests: what has no room is lost.
const TOO_FULL: usize = 50;

/// Whether so much of the room is taken (in percent) that there is no time to rest.
pub(super) const fn is_urgent(fullness: usize) -> bool {
    fullness >= TOO_FULL
}

/// How long to rest after work that took so long, where so much of the room is taken.
pub(super) fn rest_after(worked: Duration, fullness: usize) -> Duration {
    let calm = u32::try_from(TOO_FULL.saturating_sub(fullness)).unwrap_or_default();
    let room = u32::try_from(TOO_FULL).unwrap_or(u32::MAX);
    (worked * REST_SHARE * calm / room).min(LONGEST_REST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fuller_the_shorter_the_rest() {
        let worked = Duration::from_millis(5);
        let rests = [0, 10, 25, 49, 50, 100].map(|fullness| rest_after(worked, fullness).as_micros());
        assert_eq!(rests, [45_000, 36_000, 22_500, 900, 0, 0]);
        assert!(!is_urgent(49) && is_urgent(50));
        assert_eq!(rest_after(Duration::ZERO, 0), Duration::ZERO);
        // A clock that jumps.
        assert_eq!(rest_after(Duration::from_hours(1), 0), LONGEST_REST);
    }
}
