//! How long a request took: for logs and metrics alone.

use std::time::{Duration, Instant};

/// Runs from its making.
pub(super) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "a measured duration decides nothing; it is logged and counted, and never compared with a stored time"
    )]
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    #[expect(clippy::disallowed_methods, reason = "as above")]
    pub(super) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
