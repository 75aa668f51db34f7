//! The signals that the server heeds: the first one to stop ends it in good order, the second at once; SIGHUP has the
//! configuration read again.

use std::io::{self, IsTerminal as _};
use std::process;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits for SIGTERM, SIGINT and SIGHUP. While this lives, none of them ends the process by itself.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    had_terminal: bool,
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To end.
    Stop(SignalKind),
    /// To read the configuration again.
    Reload,
}

impl Signals {
    /// Starts to listen.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            had_terminal: has_terminal(),
        })
    }

    /// What the next signal asks for.
    pub(crate) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Stop(SignalKind::terminate()),
            _ = self.interrupt.recv() => Asked::Stop(SignalKind::interrupt()),
            _ = self.hangup.recv() => {
                // SIGHUP's own meaning: the terminal was closed, and with it goes what ran in it.
                let has_lost_its_terminal = self.had_terminal && !has_terminal();
                if has_lost_its_terminal { Asked::Stop(SignalKind::hangup()) } else { Asked::Reload }
            }
        }
    }

    /// Ends the process at the next signal to stop, with the status that shells give to a process that a signal ended.
    /// What was acknowledged is durable already; only what is written behind is lost.
    pub(crate) async fn end_at_the_next(mut self) {
        loop {
            if let Asked::Stop(kind) = self.next().await {
                tracing::warn!("a second signal: ending at once");
                process::exit(128 + kind.as_raw_value());
            }
        }
    }
}

/// Whether somebody can read what is printed. A terminal that was closed is none any more.
fn has_terminal() -> bool {
    io::stdout().is_terminal() || io::stderr().is_terminal()
}

/// How a signal is called.
pub(crate) fn name(kind: SignalKind) -> &'static str {
    match kind {
        kind if kind == SignalKind::interrupt() => "SIGINT",
        kind if kind == SignalKind::hangup() => "SIGHUP",
        _ => "SIGTERM",
    }
}
