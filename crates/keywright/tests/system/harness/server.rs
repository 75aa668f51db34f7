//! A running server.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{Client, Deadline, Installation};

const START_LIMIT: Duration = Duration::from_secs(30);
const END_LIMIT: Duration = Duration::from_secs(40);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A server process; killed when dropped.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    stdout: PathBuf,
    stderr: PathBuf,
}

/// What a server left that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Server {
    /// Starts a server whose output goes to files.
    pub(crate) async fn start(installation: &Installation, mut command: Command) -> Self {
        let stdout = installation.path("stdout");
        command.stdout(File::create(&stdout).unwrap());
        Self::start_printing(installation, command, stdout).await
    }

    /// Starts a server whose standard output the caller has arranged.
    pub(crate) async fn start_printing(
        installation: &Installation,
        mut command: Command,
        stdout: PathBuf,
    ) -> Self {
        // Left by one that was killed.
        let address_file = installation.data_file("address");
        let _ = fs::remove_file(&address_file);
        let stderr = installation.path("stderr");
        command.stderr(File::create(&stderr).unwrap());
        let child = command.spawn().unwrap();
        // Its copies of the output's other ends are closed with it, so that a terminal's reader sees the end.
        drop(command);
        let mut server = Self { child, address: SocketAddr::from(([0, 0, 0, 0], 0)), stdout, stderr };

        let deadline = Deadline::after(START_LIMIT);
        loop {
            if let Some(status) = server.child.try_wait().unwrap() {
                panic!("the server ended at its start, {status}:\n{}", server.log());
            }
            assert!(!deadline.has_passed(), "the server was not ready in time:\n{}", server.log());
            let address = fs::read_to_string(&address_file).ok();
            if let Some(address) = address.as_deref().and_then(|text| text.strip_suffix('\n')) {
                server.address = address.parse().unwrap();
                let ready = server.client("").get("/readyz").await;
                if ready.status == 200 {
                    return server;
                }
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A client that presents `key`.
    pub(crate) fn client(&self, key: &str) -> Client {
        Client::new(self.address, key)
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it logged up to now.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.stderr).unwrap_or_default()
    }

    /// Asks it to stop.
    pub(crate) fn signal_termination(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
    }

    /// Asks it to read its configuration again, or tells it that its terminal is gone.
    pub(crate) fn signal_hangup(&self) {
        kill_process(Pid::from_child(&self.child), Signal::HUP).unwrap();
    }

    /// Waits until it has logged this.
    pub(crate) async fn wait_for_log(&self, text: &str) {
        self.wait_for_log_times(text, 1).await;
    }

    /// Waits until it has logged this so many times.
    pub(crate) async fn wait_for_log_times(&self, text: &str, times: usize) {
        let deadline = Deadline::after(START_LIMIT);
        while self.log().matches(text).count() < times {
            assert!(!deadline.has_passed(), "{text:?} was never logged, but:\n{}", self.log());
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Ends it with SIGKILL, whatever it is doing.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop and waits until it has.
    pub(crate) async fn stop(self) -> Ended {
        self.signal_termination();
        self.ended().await
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(mut self) -> Ended {
        let deadline = Deadline::after(END_LIMIT);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                let stdout = fs::read_to_string(&self.stdout).unwrap_or_default();
                return Ended { status, stdout, stderr: self.log() };
            }
            assert!(!deadline.has_passed(), "the server did not stop:\n{}", self.log());
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Each fails only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
