//! What keeps shared limits from holding up verifications when they are slow or away.
//!
//! The first failure opens the circuit: from then on uses are counted on this node alone, without asking. A task tries to
//! reach the shared limits again every second, and closes the circuit when it has.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::shared::{SharedCount, SharedLimits, SharedUse};

/// How long the shared limits are left alone after a failure.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How long one attempt to reach them may take.
const REACH_WITHIN: Duration = Duration::from_secs(2);
/// Uses that may wait to be counted at once. At 50 ms each this is reached at 80,000 a second; it bounds what a slow answer
/// can pile up.
const MAX_WAITING: usize = 4_096;

/// Shared limits that are asked only while they answer.
pub(crate) struct Circuit {
    shared: Arc<dyn SharedLimits>,
    time_limit: Duration,
    is_closed: AtomicBool,
    opened: Notify,
    waiting: Semaphore,
}

impl Circuit {
    /// Open at first: nothing has been reached yet.
    pub(super) fn new(shared: Arc<dyn SharedLimits>) -> Self {
        let time_limit = shared.time_limit();
        let (is_closed, opened) = (AtomicBool::new(false), Notify::new());
        Self { shared, time_limit, is_closed, opened, waiting: Semaphore::new(MAX_WAITING) }
    }

    /// Counts a use on all limits or on none, unless the shared limits are away.
    pub(super) async fn take(&self, owner: Uuid, uses: &[SharedUse<'_>]) -> Option<SharedCount> {
        if !self.is_closed() {
            return None;
        }
        let _waiting = self.waiting.try_acquire().ok()?;
        match timeout(self.time_limit, self.shared.take(owner, uses)).await {
            Ok(Ok(count)) if count.in_use.len() == uses.len() => return Some(count),
            Ok(Ok(_)) => self.open("their answer is not about the limits that were asked for"),
            Ok(Err(away)) => self.open(&away.reason),
            Err(_) => self.open(&format!("no answer within {} ms", self.time_limit.as_millis())),
        }
        None
    }

    /// Whether uses are counted together now.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// The first attempt, before anything is served: a server that starts beside its Redis counts there from the first use
    /// on. One that starts without it starts all the same.
    pub(super) async fn reach_first(&self) {
        match self.reach().await {
            Ok(()) => tracing::info!("rate limits are counted for all nodes together"),
            Err(reason) => {
                tracing::warn!(%reason, "the shared rate limits cannot be reached: they are counted on this node alone");
                self.opened.notify_one();
            }
        }
    }

    /// Reaches the shared limits again whenever they were away. Never returns.
    pub(super) async fn keep_reaching(&self) {
        loop {
            self.opened.notified().await;
            loop {
                sleep(RETRY_AFTER).await;
                match self.reach().await {
                    Ok(()) => break,
                    Err(reason) => tracing::debug!(%reason, "the shared rate limits are still away"),
                }
            }
            tracing::info!("the shared rate limits are back: they are counted for all nodes together again");
        }
    }

    async fn reach(&self) -> Result<(), String> {
        match timeout(REACH_WITHIN, self.shared.reach()).await {
            Ok(Ok(())) => {
                self.is_closed.store(true, Ordering::Release);
                Ok(())
            }
            Ok(Err(away)) => Err(away.reason),
            Err(_) => Err(format!("not reached within {} s", REACH_WITHIN.as_secs())),
        }
    }

    fn open(&self, reason: &str) {
        if self.is_closed.swap(false, Ordering::AcqRel) {
            tracing::warn!(%reason, "the shared rate limits are away: they are counted on this node alone");
            self.opened.notify_one();
        }
    }
}
