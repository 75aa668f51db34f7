//! A caller whose body takes its time.

use keywright_engine::Actor;

use super::failure::Failure;
use crate::app::App;

/// Reads what an authenticated caller sends. A credential that was revoked, narrowed or ended while it came in does not
/// act any more: where reading took time, it is looked at again, and what it is worth then is what counts.
pub(crate) async fn look_again_after<T>(
    app: &App,
    caller: Actor,
    reading: impl Future<Output = Result<T, Failure>>,
    look: impl Future<Output = Result<Actor, Failure>>,
) -> Result<(Actor, T), Failure> {
    let since = app.engine.now();
    let read = reading.await?;
    let caller = if app.engine.now() == since { caller } else { look.await? };
    Ok((caller, read))
}
