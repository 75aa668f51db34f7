//! The signals that end the server: the first in good order, the second at once.

use std::io;
use std::process;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits for SIGTERM and SIGINT. While this lives, neither ends the process by itself.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Starts to listen.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// The next signal.
    pub(crate) async fn next(&mut self) -> SignalKind {
        tokio::select! {
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = self.interrupt.recv() => SignalKind::interrupt(),
        }
    }

    /// Ends the process at the next signal, with the status that shells give to a process that a signal ended. What
    /// was acknowledged is durable already; only what is written behind is lost.
    pub(crate) async fn end_at_the_next(mut self) {
        let kind = self.next().await;
        tracing::warn!("a second signal: ending at once");
        process::exit(128 + kind.as_raw_value());
    }
}

/// How a signal is called.
pub(crate) fn name(kind: SignalKind) -> &'static str {
    if kind == SignalKind::interrupt() { "SIGINT" } else { "SIGTERM" }
}
