//! Uses of keys, written behind: when each was used last, how often it was answered what, and which requests it made.
//!
//! Nothing here is waited for by a verification. What the store does not take is kept, within bounds; what goes beyond
//! them is dropped, and told.

mod counts;
mod harmless;
mod last;
mod outbox;
mod pace;
mod report;
mod request_list;
mod requests;

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use keywright_domain::{KeyId, OrganizationId, Timestamp};
use keywright_store::{KeyUse, StoreError, UsageSpan};

use crate::Engine;
use counts::UsageCounts;
pub(crate) use harmless::harmless_agent;
use last::UseLog;
pub use report::{UsageFilter, UsageReport, usage_outcomes};
pub use request_list::RequestFilter;
pub(crate) use requests::{Answered, RequestLog};
pub use requests::{OwnRequest, PendingRequest};

/// Minutes become hours after so long: two days can be looked at minute by minute. A key that is used in every minute
/// has 2,880 rows of about 100 bytes, 288 kB, beside 144 kB of hours and 73 kB of days when it is as old as that.
const KEEP_MINUTES: Duration = Duration::from_hours(48);
/// Hours become days after so long.
const KEEP_HOURS: Duration = Duration::from_hours(60 * 24);
/// Days are forgotten after so long: two years, a leap day among them.
const KEEP_DAYS: Duration = Duration::from_hours(731 * 24);
/// Rows that one step of adding up or forgetting writes: some 20 milliseconds, for which others wait at the writer.
const ROWS_OF_A_STEP: u32 = 2_000;
/// Rows of each record that are written at once: some five milliseconds, for which others wait at the writer.
const ROWS_AT_ONCE: usize = 500;
/// The same where there is little room left, or the server stops: fewer commits.
const ROWS_IN_A_HURRY: usize = 5_000;
/// Steps at a time. What is not done by then is done a minute later.
const STEPS_AT_ONCE: usize = 200;
/// How often uses are gathered, and written where there are few.
const GATHER_EVERY: Duration = Duration::from_secs(2);
/// How often it is logged that something was dropped, at most.
const WARN_EVERY: Duration = Duration::from_mins(1);

/// Uses since they were last written.
pub(crate) struct Uses {
    last: UseLog,
    counts: UsageCounts,
    requests: RequestLog,
    writing: tokio::sync::Mutex<()>,
    gathered_at: AtomicI64,
    warned_at: AtomicI64,
    warned_of: AtomicU64,
    /// Counts from before this minute are forgotten.
    forgotten_before: AtomicI64,
}

impl Uses {
    /// Nothing yet. Requests are logged where they are kept at all.
    pub(crate) fn new(keep_requests: Duration) -> Self {
        Self {
            last: UseLog::default(),
            counts: UsageCounts::default(),
            requests: RequestLog::new(keep_requests),
            writing: tokio::sync::Mutex::default(),
            gathered_at: AtomicI64::new(i64::MIN),
            warned_at: AtomicI64::new(i64::MIN),
            warned_of: AtomicU64::new(0),
            forgotten_before: AtomicI64::new(i64::MIN),
        }
    }

    /// Held while uses are written; while it is held by another, none are.
    pub(crate) async fn writing(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.writing.lock().await
    }

    /// Notes when, from where and with what a key was used.
    pub(crate) fn note_last(&self, key: KeyId, used: KeyUse) {
        self.last.note(key, used);
    }

    /// Counts an answer about a key that its record in the index does not count; whether it is the first like it in a
    /// while.
    pub(crate) fn count(
        &self,
        organization: OrganizationId,
        key: KeyId,
        outcome: &'static str,
        now: Timestamp,
    ) -> bool {
        self.counts.count(organization, key, outcome, now)
    }

    /// Requests that are to be logged.
    pub(crate) const fn requests(&self) -> &RequestLog {
        &self.requests
    }

    /// Last uses that were dropped because the store did not take earlier ones for too long.
    pub(crate) fn dropped_last(&self) -> u64 {
        self.last.dropped()
    }

    /// Uses that were not counted, for the same reason.
    pub(crate) fn dropped_counts(&self) -> u64 {
        self.counts.dropped()
    }

    /// What waits to be written: last uses, counts and logged requests.
    pub(crate) fn waiting(&self) -> [usize; 3] {
        [self.last.waiting(), self.counts.waiting(), self.requests.waiting()]
    }

    /// Requests that were not logged because there were too many.
    pub(crate) fn unlogged_requests(&self) -> u64 {
        self.requests.left_out()
    }
}

impl Engine {
    /// Writes down what was gathered of uses of keys, as fast as it can. It happens so at the stop.
    pub async fn write_uses(&self) -> Result<(), StoreError> {
        let _writing = self.uses.writing().await;
        let Uses { last, counts, requests, .. } = &self.uses;
        let (store, at_most) = (self.store.as_ref(), ROWS_IN_A_HURRY);
        let all_gathered = self.gather_uses();
        // Each is tried, whatever became of the one before.
        let counts =
            in_steps(|| counts.write_some(store, at_most, self.now(), || self.new_id()), usize::MAX).await;
        let log =
            || in_steps(|| requests.write_some(store, at_most, self.now(), || self.new_id()), usize::MAX);
        let mut logged = log().await;
        if logged.is_ok() && !all_gathered {
            // What the store had not taken before was in the way.
            requests.gather(|at| self.new_id_of(at));
            logged = log().await;
        }
        let last = in_steps(|| last.write_some(store, at_most), usize::MAX).await;
        self.warn_of_drops();
        counts.and(logged).and(last).map(drop)
    }

    /// Writes down a little of it, and says how long others are to have their turns until it is done again. It happens all
    /// the time.
    pub(crate) async fn write_some_uses(&self) -> Duration {
        let _writing = self.uses.writing().await;
        let Uses { last, counts, requests, gathered_at, .. } = &self.uses;
        let (store, began) = (self.store.as_ref(), self.now());
        // What is noted meanwhile takes less room when it is gathered, by key.
        if Timestamp::from_millis(gathered_at.load(Ordering::Relaxed)).plus(GATHER_EVERY).has_passed(began) {
            self.gather_uses();
        }
        let fullness = last.fullness().max(counts.fullness());
        let at_most = if pace::is_urgent(fullness) { ROWS_IN_A_HURRY } else { ROWS_AT_ONCE };
        // Each is tried, whatever became of the one before.
        let counted = counts.write_some(store, at_most, began, || self.new_id()).await;
        let logged = requests.write_some(store, at_most, began, || self.new_id()).await;
        let noted = last.write_some(store, at_most).await;
        self.warn_of_drops();
        match counted.and_then(|counted| Ok(counted | logged? | noted?)) {
            Ok(true) => pace::rest_after(self.now().since(began), fullness),
            Ok(false) => GATHER_EVERY,
            Err(error) => {
                tracing::error!(%error, "uses of keys could not be written; they are kept for the next time");
                GATHER_EVERY
            }
        }
    }

    /// Gathers all that was noted; whether requests too, which earlier ones may be in the way of.
    fn gather_uses(&self) -> bool {
        let now = self.now();
        self.uses.gathered_at.store(now.as_millis(), Ordering::Relaxed);
        self.uses.last.gather();
        self.uses.counts.gather(&self.index(), now);
        self.uses.requests.gather(|at| self.new_id_of(at))
    }

    fn warn_of_drops(&self) {
        let (last, counts) = (self.uses.dropped_last(), self.uses.dropped_counts());
        let (dropped, now) = (last + counts, self.now());
        let warned_at = Timestamp::from_millis(self.uses.warned_at.load(Ordering::Relaxed));
        if dropped == self.uses.warned_of.load(Ordering::Relaxed) || now < warned_at.plus(WARN_EVERY) {
            return;
        }
        self.uses.warned_at.store(now.as_millis(), Ordering::Relaxed);
        self.uses.warned_of.store(dropped, Ordering::Relaxed);
        tracing::warn!(
            last_uses = last,
            counts,
            "uses of keys were dropped since the start, because the database did not take them in time"
        );
    }

    /// Adds old counts up and forgets what is too old, of counts and of the request log. It happens by itself every
    /// minute.
    pub async fn tidy_uses(&self) -> Result<(), StoreError> {
        let now = self.now();
        let (store, limit) = (self.store.as_ref(), ROWS_OF_A_STEP);
        for (span, keep) in [(UsageSpan::Hour, KEEP_MINUTES), (UsageSpan::Day, KEEP_HOURS)] {
            let before = start_of(now.minus(keep), span.minutes());
            in_steps(|| store.roll_up_usage(span, before, limit), STEPS_AT_ONCE).await?;
        }
        let before = start_of(now.minus(KEEP_DAYS), UsageSpan::Day.minutes());
        // Once a day, and after a start.
        if self.uses.forgotten_before.load(Ordering::Relaxed) < before
            && in_steps(|| store.forget_usage(before, limit), STEPS_AT_ONCE).await?
        {
            self.uses.forgotten_before.store(before, Ordering::Relaxed);
        }
        let (before, keep) = self.uses.requests.kept(now);
        in_steps(|| store.forget_requests(before, keep, limit), STEPS_AT_ONCE).await.map(drop)
    }
}

/// Takes steps while there is more to do; whether all of it is done.
async fn in_steps<Step: Future<Output = Result<bool, StoreError>>>(
    step: impl Fn() -> Step,
    at_most: usize,
) -> Result<bool, StoreError> {
    for _ in 0..at_most {
        if !step().await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The minute at which the step of so many minutes began that a time is in.
const fn start_of(time: Timestamp, step: i64) -> i64 {
    let minute = time.as_minutes();
    minute - minute.rem_euclid(step)
}
