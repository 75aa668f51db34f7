//! A bug in one request stays that request's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// Nothing but this is known of a panic here: its payload may hold anything, so it goes nowhere.
pub(super) struct Panicked;

/// Runs `work`, and stops it where it panics. What [`caught`] says of what is left half-done holds here too.
pub(super) fn caught_at_once<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_payload| Panicked)
}

/// Runs `work`, and stops it where it panics.
///
/// What `work` leaves half-done is its own: it is dropped, and what it shares with others (the engine) keeps its state
/// behind locks that do not poison and changes it only when it is whole.
pub(super) async fn caught<F: Future>(work: F) -> Result<F::Output, Panicked> {
    let mut work = pin!(work);
    std::future::poll_fn(move |context| {
        match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(_payload) => Poll::Ready(Err(Panicked)),
        }
    })
    .await
}
