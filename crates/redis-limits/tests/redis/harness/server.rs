//! A Redis server of a test's own.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use keywright_engine::{SharedLimits as _, SharedLimitsAway};
use keywright_redis::{RedisLimits, RedisUrl};
use redis::aio::MultiplexedConnection;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{PATIENT, eventually};

/// A server process; killed when dropped.
pub(crate) struct Redis {
    child: Child,
    port: u16,
    arguments: Vec<String>,
    directory: TempDir,
}

impl Redis {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// A server with more arguments.
    pub(crate) async fn start_with(arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let directory = tempfile::tempdir().unwrap();
        let port = free_port();
        let child = spawn(port, &arguments, directory.path());
        let redis = Self { child, port, arguments, directory };
        redis.wait_until_it_answers().await;
        redis
    }

    /// Starts it again where it was, having forgotten everything.
    pub(crate) async fn restart(&mut self) {
        self.kill();
        self.child = spawn(self.port, &self.arguments, self.directory.path());
        self.wait_until_it_answers().await;
    }

    async fn wait_until_it_answers(&self) {
        eventually("the Redis server answers", async || std::net::TcpStream::connect(self.address()).is_ok())
            .await;
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn url(&self) -> RedisUrl {
        format!("redis://{}", self.address()).parse().unwrap()
    }

    /// Limits in it, reached.
    pub(crate) async fn limits(&self) -> Arc<RedisLimits> {
        let limits = RedisLimits::new(vec![self.url()], PATIENT);
        limits.reach().await.unwrap();
        Arc::new(limits)
    }

    /// What becomes of reaching it by this URL.
    pub(crate) async fn reach_by(url: &str) -> Result<(), SharedLimitsAway> {
        RedisLimits::new(vec![url.parse().unwrap()], PATIENT).reach().await
    }

    /// A connection beside.
    pub(crate) async fn connection(&self) -> MultiplexedConnection {
        let client = redis::Client::open(format!("redis://{}", self.address())).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }

    /// Ends it with SIGKILL, whatever it is doing.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Takes the processor away from it: it accepts connections and commands, and answers nothing.
    pub(crate) fn freeze(&self) {
        kill_process(Pid::from_child(&self.child), Signal::STOP).unwrap();
    }

    /// Gives it back.
    pub(crate) fn thaw(&self) {
        kill_process(Pid::from_child(&self.child), Signal::CONT).unwrap();
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // Each fails only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(port: u16, arguments: &[String], directory: &Path) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
    // Nothing is written to disk.
    command.args(["--save", "", "--appendonly", "no", "--dir"]).arg(directory).args(arguments);
    command.stdin(Stdio::null()).stdout(File::create(directory.join("log")).unwrap());
    command.spawn().expect(
        "these tests need redis-server: `cargo xtask test unit` installs it, or install Debian's package of that name",
    )
}

/// A port that was free just now, and whose companion for a cluster's own messages (10,000 higher) is one too.
fn free_port() -> u16 {
    loop {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let lower = port % 30_000 + 20_000;
        let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if is_free(lower) && is_free(lower + 10_000) {
            return lower;
        }
    }
}
