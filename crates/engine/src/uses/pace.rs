//! How fast uses are written.

use std::time::Duration;

/// Rests take so many times as long as work does, while there is room for what waits.
const REST_SHARE: u32 = 9;
/// The longest rest: work that took longer waited for something.
const LONGEST_REST: Duration = Duration::from_millis(500);
/// From here on (of the room for what waits, in percent) there are no rests: what has no room is lost.
const TOO_FULL: usize = 50;

/// How fast uses are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// As fast as it goes.
    Fast,
    /// With a tenth of a processor, so that verifications and changes hardly notice, and faster the more there is to write.
    /// What is written later is less to write, too: of a key that was used again meanwhile there is one row.
    Behind,
}

impl Pace {
    /// Rests after a turn that took so long, where so much of the room is taken (in percent).
    pub(super) async fn rest(self, worked: Duration, fullness: usize) {
        if self == Self::Behind {
            tokio::time::sleep(rest_after(worked, fullness)).await;
        }
    }
}

fn rest_after(worked: Duration, fullness: usize) -> Duration {
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
        assert_eq!(rest_after(Duration::ZERO, 0), Duration::ZERO);
        // A clock that jumps.
        assert_eq!(rest_after(Duration::from_hours(1), 0), LONGEST_REST);
    }
}
