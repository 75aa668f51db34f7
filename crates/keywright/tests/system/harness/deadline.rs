//! How long a test waits for something.

use std::time::{Duration, Instant};

/// A point in time after which a test gives up.
#[derive(Clone, Copy)]
pub(crate) struct Deadline {
    start: Instant,
    limit: Duration,
}

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a test of the real program waits for it in real time")]
        let start = Instant::now();
        Self { start, limit }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        #[expect(clippy::disallowed_methods, reason = "a test of the real program waits for it in real time")]
        self.start.elapsed()
    }

    pub(crate) fn has_passed(&self) -> bool {
        self.elapsed() >= self.limit
    }
}
