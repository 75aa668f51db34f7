//! The one place that reads clocks.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Measures how long something takes.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "a measurement is about real time")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    #[expect(clippy::disallowed_methods, reason = "a measurement is about real time")]
    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Measures how long processors were busy with a thread: what others do on the machine meanwhile counts less.
pub(crate) struct Busywatch {
    clock: ClockId,
    start: Duration,
}

impl Busywatch {
    /// Of this thread.
    pub(crate) fn of_thread() -> Self {
        Self { clock: ClockId::ThreadCPUTime, start: busy(ClockId::ThreadCPUTime) }
    }

    /// Of all threads of this process.
    pub(crate) fn of_process() -> Self {
        Self { clock: ClockId::ProcessCPUTime, start: busy(ClockId::ProcessCPUTime) }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        busy(self.clock).saturating_sub(self.start)
    }
}

fn busy(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    time.try_into().expect("a thread has not been busy for less than no time")
}

/// The middle of some numbers.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}
