//! How long a client is waited for: while it sends the head of a request, and between one request and the next.
//!
//! Every request is waited for, and most are there already. So a connection has one timer, which ticks a few times while
//! nothing comes: a wait costs neither a look at the clock nor a timer of its own.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::task::coop::has_budget_remaining;
use tokio::time::Sleep;

/// How long it is from tick to tick. A wait begins between two of them, so it ends up to one tick late.
const TICK: Duration = Duration::from_secs(5);

/// How long the head of a request may take, so that slow senders cannot hold all connections.
const HEAD_LIMIT: Duration = Duration::from_secs(10);

/// How long a connection may stay open for a next request, or for more of an answer to be taken. Longer than gateways keep
/// those that they have no use for (nginx a minute, Traefik 90 seconds, Caddy two minutes): who closes first is never asked
/// on a connection that is being closed.
const IDLE_LIMIT: Duration = Duration::from_secs(150);

/// Whether there are so many connections that none is kept longer than it is used. Clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct Crowd(Arc<AtomicBool>);

impl Crowd {
    pub(crate) fn set(&self, is_crowded: bool) {
        self.0.store(is_crowded, Ordering::Relaxed);
    }
}

/// Whose turn it is on a connection. Clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Counts>);

#[derive(Default)]
struct Counts {
    asked: AtomicU32,
    answered: AtomicU32,
}

/// The server's turn: nobody waits for the client until this is dropped.
pub(crate) struct Turn(Turns);

impl Turns {
    /// A request came.
    pub(crate) fn take(&self) -> Turn {
        self.0.asked.fetch_add(1, Ordering::Relaxed);
        Turn(self.clone())
    }

    fn answered(&self) -> u32 {
        self.0.answered.load(Ordering::Relaxed)
    }

    fn is_taken(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed) != self.answered()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.0.answered.fetch_add(1, Ordering::Relaxed);
    }
}

/// How long the client of one connection is waited for.
///
/// To be polled by the task that drives the connection alone: a timer that runs is not told again whom to wake.
pub(crate) struct Patience {
    turns: Turns,
    crowd: Crowd,
    tick: Pin<Box<Sleep>>,
    /// Whether the tick wakes the connection's task.
    is_set: bool,
    /// How many requests had been answered when something came from the client.
    came_after: u32,
    /// Whether it took something of an answer since the last tick.
    has_taken: bool,
    /// What is waited for.
    wait: Wait,
    /// The ticks of that wait.
    ticks: u32,
}

/// What a client is waited for after so many requests of its were answered.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Wait {
    answered: u32,
    /// Whether something of the next one came.
    has_begun: bool,
}

impl Patience {
    /// For a connection that was opened just now, and whose first bytes are waited for.
    pub(crate) fn new(turns: Turns, crowd: Crowd) -> Self {
        Self {
            turns,
            crowd,
            tick: Box::pin(tokio::time::sleep(TICK)),
            is_set: false,
            came_after: 0,
            has_taken: false,
            wait: Wait { answered: 0, has_begun: true },
            ticks: 0,
        }
    }

    /// Something came.
    pub(crate) fn note_read(&mut self) {
        self.came_after = self.turns.answered();
    }

    /// Something was taken.
    pub(crate) const fn note_written(&mut self) {
        self.has_taken = true;
    }

    /// Ready when it has taken too long.
    pub(crate) fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.is_set && !self.tick.is_elapsed() {
                return Poll::Pending;
            }
            // Without budget it is polled again at once, and the tick is not set by this poll.
            self.is_set = has_budget_remaining();
            ready!(self.tick.as_mut().poll(context));
            if self.has_ended() {
                return Poll::Ready(());
            }
            self.tick.set(tokio::time::sleep(TICK));
            self.is_set = false;
        }
    }

    /// Counts a tick; whether it was the last.
    fn has_ended(&mut self) -> bool {
        let answered = self.turns.answered();
        let wait = Wait { answered, has_begun: self.came_after == answered };
        let has_taken = std::mem::take(&mut self.has_taken);
        if has_taken || self.turns.is_taken() || wait != self.wait {
            (self.wait, self.ticks) = (wait, 0);
        }
        let is_brief = wait.has_begun || self.crowd.0.load(Ordering::Relaxed);
        let limit = if is_brief { HEAD_LIMIT } else { IDLE_LIMIT };
        let has_ended = TICK * self.ticks >= limit;
        self.ticks += 1;
        has_ended
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the clock is the runtime's, which stands still")]
mod tests {
    use std::future::poll_fn;
    use std::ops::RangeInclusive;

    use tokio::time::{Instant, timeout};

    use super::*;

    fn opened() -> (Turns, Patience) {
        let turns = Turns::default();
        (turns.clone(), Patience::new(turns, Crowd::default()))
    }

    async fn ends_within(patience: &mut Patience, range: RangeInclusive<Duration>) {
        let begun = Instant::now();
        poll_fn(|context| patience.poll_end(context)).await;
        assert!(range.contains(&begun.elapsed()), "after {:?}, not within {range:?}", begun.elapsed());
    }

    async fn lasts(patience: &mut Patience, seconds: u64) {
        let time = Duration::from_secs(seconds);
        assert!(timeout(time, poll_fn(|context| patience.poll_end(context))).await.is_err());
    }

    fn after(limit: Duration) -> RangeInclusive<Duration> {
        // A tick and the granularity of the runtime's timers.
        limit..=limit + TICK + Duration::from_millis(20)
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_bytes_are_waited_for_as_long_as_a_head() {
        let (_, mut patience) = opened();
        ends_within(&mut patience, after(HEAD_LIMIT)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_is_kept_longer_than_an_unfinished_head() {
        let (turns, mut patience) = opened();
        patience.note_read();
        drop(turns.take());
        ends_within(&mut patience, after(IDLE_LIMIT)).await;

        let (turns, mut patience) = opened();
        patience.note_read();
        drop(turns.take());
        lasts(&mut patience, 100).await;
        patience.note_read();
        ends_within(&mut patience, after(HEAD_LIMIT)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_now_and_then_do_not_make_a_head_last() {
        let (_, mut patience) = opened();
        let begun = Instant::now();
        loop {
            patience.note_read();
            let ended = poll_fn(|context| patience.poll_end(context));
            if timeout(Duration::from_secs(1), ended).await.is_ok() {
                break;
            }
        }
        assert!(after(HEAD_LIMIT).contains(&begun.elapsed()), "after {:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_may_take_its_time_and_be_taken_slowly() {
        let (turns, mut patience) = opened();
        patience.note_read();
        let turn = turns.take();
        lasts(&mut patience, 600).await;
        drop(turn);
        for _ in 0..20 {
            lasts(&mut patience, 100).await;
            patience.note_written();
        }
        // Not taken at all.
        ends_within(&mut patience, after(IDLE_LIMIT)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn in_a_crowd_no_connection_is_kept_idle() {
        let (turns, crowd) = (Turns::default(), Crowd::default());
        let mut patience = Patience::new(turns.clone(), crowd.clone());
        patience.note_read();
        drop(turns.take());
        lasts(&mut patience, 100).await;
        crowd.set(true);
        ends_within(&mut patience, Duration::ZERO..=TICK).await;
    }

    #[tokio::test(start_paused = true)]
    async fn requests_that_come_in_time_come_without_end() {
        let (turns, mut patience) = opened();
        for wait in [9, 100, 1, 9, 149, 9].into_iter().cycle().take(60) {
            if wait < 10 {
                patience.note_read();
            }
            lasts(&mut patience, wait).await;
            patience.note_read();
            drop(turns.take());
        }
        ends_within(&mut patience, after(IDLE_LIMIT)).await;
    }
}
