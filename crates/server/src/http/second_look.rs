//! A caller whose body takes its time.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use keywright_engine::Actor;

use super::failure::Failure;

/// Reads what an authenticated caller sends. A credential that was revoked, narrowed or ended while it came in does not
/// act any more: where reading took time, it is looked at again, and what it is worth then is what counts.
pub(crate) async fn look_again_after<T, Look: Future<Output = Result<Actor, Failure>>>(
    caller: Actor,
    reading: impl Future<Output = Result<T, Failure>>,
    look: impl FnOnce() -> Look,
) -> Result<(Actor, T), Failure> {
    let mut reading = pin!(reading);
    // What is there already, as a verification's body is, took no time.
    match poll_fn(|context| Poll::Ready(reading.as_mut().poll(context))).await {
        Poll::Ready(read) => Ok((caller, read?)),
        Poll::Pending => {
            let read = reading.await?;
            // In memory of its own: who need not be looked at again does not carry the room that it takes.
            Ok((Box::pin(look()).await?, read))
        }
    }
}
