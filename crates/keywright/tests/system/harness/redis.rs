//! A Redis server.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::Deadline;

const START_LIMIT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A server process that keeps nothing on disk and asks for a password; killed when dropped.
pub(crate) struct Redis {
    child: Child,
    port: u16,
    password: &'static str,
}

impl Redis {
    pub(crate) async fn start(password: &'static str) -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let redis = Self { child: spawn(port, password), port, password };
        redis.wait_until_it_answers().await;
        redis
    }

    /// Starts it again where it was, having forgotten everything.
    pub(crate) async fn restart(&mut self) {
        self.kill();
        self.child = spawn(self.port, self.password);
        self.wait_until_it_answers().await;
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://:{}@127.0.0.1:{}", self.password, self.port)
    }

    /// Ends it with SIGKILL, whatever it is doing.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    async fn wait_until_it_answers(&self) {
        let deadline = Deadline::after(START_LIMIT);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(!deadline.has_passed(), "the Redis server was not there in time");
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // Each fails only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(port: u16, password: &str) -> Child {
    super::require_program("redis-server");
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--requirepass", password]);
    command.args(["--save", "", "--appendonly", "no"]).current_dir(std::env::temp_dir());
    command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
}
