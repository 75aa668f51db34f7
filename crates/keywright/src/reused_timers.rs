//! Timers of connections, used again and again.
//!
//! A limit on how long the head of a request may take begins with each request and ends with it a moment later. To make,
//! register, take out and free a timer for each takes longer than reading the head; one that is kept and set later is
//! looked at by the runtime only once its first time has come.

use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::Timer;

/// Timers that each thread keeps: more than it has connections whose heads it reads at the same moment.
const MAX_KEPT: usize = 128;

type Kept = Pin<Box<tokio::time::Sleep>>;

thread_local! {
    static KEPT: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

/// Gives timers of the tokio runtime. They are kept by the thread and belong to the runtime: a thread that had two in its life
/// must not use this. A kept one also holds on to the task that waited for it last, until its time has come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReusedTimers;

/// A timer that is kept when nobody waits for it any more.
struct Reused(Option<Kept>);

impl Timer for ReusedTimers {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn hyper::rt::Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn hyper::rt::Sleep>> {
        let kept = KEPT.try_with(|kept| kept.borrow_mut().pop()).ok().flatten();
        let sleep = match kept {
            Some(mut sleep) => {
                sleep.as_mut().reset(deadline.into());
                sleep
            }
            None => Box::pin(tokio::time::sleep_until(deadline.into())),
        };
        Box::pin(Reused(Some(sleep)))
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn hyper::rt::Sleep>>, deadline: Instant) {
        match sleep.as_mut().downcast_mut_pin::<Reused>() {
            Some(mut reused) => reused.set_to(deadline),
            None => *sleep = self.sleep_until(deadline),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "how long a connection is waited for is told by the runtime's timers"
    )]
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into()
    }
}

impl Reused {
    fn set_to(&mut self, deadline: Instant) {
        if let Some(sleep) = &mut self.0 {
            sleep.as_mut().reset(deadline.into());
        }
    }
}

impl Future for Reused {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Some(sleep) => sleep.as_mut().poll(context),
            None => Poll::Pending,
        }
    }
}

impl hyper::rt::Sleep for Reused {}

impl Drop for Reused {
    fn drop(&mut self) {
        let Some(sleep) = self.0.take() else { return };
        // While the thread ends there is nothing to keep it in.
        let _ = KEPT.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            if kept.len() < MAX_KEPT {
                kept.push(sleep);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_timer_that_is_used_again_ends_at_its_own_time() {
        let begun = ReusedTimers.now();
        drop(ReusedTimers.sleep(Duration::from_secs(1)));
        let mut polled = ReusedTimers.sleep(Duration::from_secs(2));
        assert!(polled_once(&mut polled).is_pending());
        drop(polled);
        ReusedTimers.sleep(Duration::from_secs(10)).await;
        assert_eq!(ReusedTimers.now() - begun, Duration::from_secs(10));
        // One that has ended, and one that is set to an earlier time than before.
        let mut again = ReusedTimers.sleep(Duration::from_mins(1));
        assert!(polled_once(&mut again).is_pending());
        ReusedTimers.reset(&mut again, begun + Duration::from_secs(11));
        again.await;
        assert_eq!(ReusedTimers.now() - begun, Duration::from_secs(11));
        assert_eq!(KEPT.with(|kept| kept.borrow().len()), 1);
    }

    fn polled_once(sleep: &mut Pin<Box<dyn hyper::rt::Sleep>>) -> Poll<()> {
        sleep.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop()))
    }
}
