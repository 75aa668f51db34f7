//! That the server is to stop, as each of its connections is told.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Asked for once, and heard by all who wait for it.
#[derive(Default)]
pub(crate) struct Stop {
    is_asked: AtomicBool,
    asked: Notify,
}

impl Stop {
    /// Asks for it.
    pub(crate) fn ask(&self) {
        self.is_asked.store(true, Ordering::SeqCst);
        self.asked.notify_waiters();
    }

    /// Waits until it is asked for.
    pub(crate) async fn asked(&self) {
        let asked = self.asked.notified();
        if !self.is_asked.load(Ordering::SeqCst) {
            asked.await;
        }
    }

    /// Goes on with `work` to its end; once it is asked to stop, it is told so by `end`.
    ///
    /// To be the whole of a task, since it is told whom to wake only once.
    pub(crate) async fn told_to<F: Future>(&self, work: F, end: impl FnOnce(Pin<&mut F>)) -> F::Output {
        let (mut work, mut asked) = (pin!(work), pin!(self.asked.notified()));
        let (mut end, mut is_listening) = (Some(end), false);
        std::future::poll_fn(move |context| {
            if !is_listening {
                is_listening = true;
                let _ = asked.as_mut().poll(context);
            }
            if self.is_asked.load(Ordering::SeqCst)
                && let Some(end) = end.take()
            {
                end(work.as_mut());
            }
            work.as_mut().poll(context)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::Arc;
    use std::task::Poll;

    use super::*;

    /// Work that goes on until it is told to end.
    async fn work(stop: Arc<Stop>) {
        let is_told = AtomicBool::new(false);
        let work = poll_fn(|_| if is_told.load(Ordering::SeqCst) { Poll::Ready(()) } else { Poll::Pending });
        stop.told_to(work, |_| is_told.store(true, Ordering::SeqCst)).await;
    }

    #[tokio::test]
    async fn all_who_listen_are_told_whenever_they_began() {
        let stop = Arc::<Stop>::default();
        let mut early = Vec::new();
        for _ in 0..3 {
            early.push(tokio::spawn(work(Arc::clone(&stop))));
        }
        let waiting = {
            let stop = Arc::clone(&stop);
            tokio::spawn(async move { stop.asked().await })
        };
        tokio::task::yield_now().await;
        assert!(early.iter().all(|work| !work.is_finished()) && !waiting.is_finished());
        stop.ask();
        for work in early {
            work.await.unwrap();
        }
        waiting.await.unwrap();
        // As soon as they begin.
        work(Arc::clone(&stop)).await;
        stop.asked().await;
    }

    #[tokio::test]
    async fn work_that_ends_by_itself_is_told_nothing() {
        let stop = Stop::default();
        assert_eq!(stop.told_to(async { 7 }, |_| unreachable!("it has ended")).await, 7);
    }
}
