//! Where the time comes from.

use std::sync::atomic::{AtomicI64, Ordering};

use keywright_domain::Timestamp;
use rustix::time::{ClockId, clock_gettime};

/// Tells the time. The one that an engine is given never goes back within a process ([`NeverBack`]).
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// A clock held at its highest reading when the one that it reads is set back.
#[derive(Debug, Default)]
pub struct NeverBack<C> {
    read: C,
    highest: AtomicI64,
}

impl<C> NeverBack<C> {
    /// Reads this one.
    pub const fn over(read: C) -> Self {
        Self { read, highest: AtomicI64::new(0) }
    }
}

impl<C: Clock> Clock for NeverBack<C> {
    fn now(&self) -> Timestamp {
        let millis = self.read.now().as_millis();
        // Mostly it was read in this millisecond already: then nothing is written that all processors look at.
        let mut highest = self.highest.load(Ordering::Relaxed);
        if millis > highest {
            highest = self.highest.fetch_max(millis, Ordering::Relaxed);
        }
        Timestamp::from_millis(millis.max(highest))
    }
}

/// The machine's wall clock, as it is set, and as it was at the kernel's last tick: up to 10 milliseconds ago, 4 on most
/// machines. To read it costs a fifth of what the exact time does, and every verification reads it twice.
#[derive(Debug, Default)]
pub struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        const CLOCK: ClockId = ClockId::RealtimeCoarse;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        const CLOCK: ClockId = ClockId::Realtime;
        let since_epoch = clock_gettime(CLOCK);
        Timestamp::from_millis(since_epoch.tv_sec * 1000 + since_epoch.tv_nsec / 1_000_000)
    }
}

/// The time that a server goes by: the machine's, and never back.
pub type SystemClock = NeverBack<WallClock>;

/// A clock that stands still until it is told to move: for tests.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that stands at `now`.
    pub const fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.as_millis()))
    }

    /// Sets it, forward or back.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_millis(), Ordering::Relaxed);
    }

    /// Moves it forward.
    pub fn advance(&self, by: std::time::Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}

impl<C: Clock> Clock for std::sync::Arc<C> {
    fn now(&self) -> Timestamp {
        self.as_ref().now()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}
