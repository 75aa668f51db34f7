//! How long something took: the one place of xtask that reads a clock.

use std::time::{Duration, Instant};

/// Counts from when it was made.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "chores report how long they really took")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    #[expect(clippy::disallowed_methods, reason = "chores report how long they really took")]
    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
