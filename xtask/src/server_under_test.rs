//! The real server, started on a free port with a fresh data directory, and stopped whatever happens.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::invocation::{cargo, run, without_variables};
use crate::stopwatch::Stopwatch;
use crate::{http_get, workspace};

const START_PATIENCE: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
const LOG_TAIL_LINES: usize = 40;

/// A running server. Dropped, it is killed and its folder is deleted: nothing in it is worth an orderly stop.
pub(crate) struct ServerUnderTest {
    child: Child,
    folder: PathBuf,
    address: SocketAddr,
    root_key: String,
}

impl ServerUnderTest {
    /// Builds the server, starts it, and returns when it is ready.
    pub(crate) fn start() -> Result<Self> {
        Self::start_configured("")
    }

    /// The same, with the text of a configuration file.
    pub(crate) fn start_configured(configuration: &str) -> Result<Self> {
        run(&mut cargo(["build", "-p", "keywright", "--locked"]))?;
        let binary = workspace::target_dir().join("debug/keywright");
        let folder = workspace::target_dir().join(format!("server-under-test-{}", process::id()));
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot delete {}", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let log = File::create(log_path(&folder))?;
        fs::write(configuration_path(&folder), configuration)?;

        let mut command = Command::new(&binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data_dir(&folder));
        command.arg("--config").arg(configuration_path(&folder));
        // A setting that somebody exported for their own server must not point this one at their database.
        without_variables(&mut command, &["KEYWRIGHT_"]);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().with_context(|| format!("cannot start {}", binary.display()))?;

        // From here on the guard stops it, also when it never becomes ready.
        let mut server =
            Self { child, folder, address: SocketAddr::from(([127, 0, 0, 1], 0)), root_key: String::new() };
        server.wait_until_ready().inspect_err(|_| println!("\n{}", server.log_tail()))?;
        Ok(server)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The key that may do everything.
    pub(crate) fn root_key(&self) -> &str {
        &self.root_key
    }

    /// Where the server's files are, and others that should vanish with it may be.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes it read another configuration. It does so soon, not at once.
    pub(crate) fn reconfigure(&self, configuration: &str) -> Result<()> {
        fs::write(configuration_path(&self.folder), configuration)?;
        run(Command::new("kill").arg("-HUP").arg(self.child.id().to_string()))
    }

    /// Ends it; its folder stays.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Fails when the server has ended by itself.
    pub(crate) fn check_running(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("the server ended by itself, with {status}");
        }
        Ok(())
    }

    /// The end of what the server has printed, under a heading.
    pub(crate) fn log_tail(&self) -> String {
        let Ok(log) = File::open(log_path(&self.folder)) else {
            return "the server's log cannot be read".to_owned();
        };
        let mut tail = VecDeque::with_capacity(LOG_TAIL_LINES);
        for line in BufReader::new(log).split(b'\n').map_while(Result::ok) {
            if tail.len() == LOG_TAIL_LINES {
                tail.pop_front();
            }
            tail.push_back(String::from_utf8_lossy(&line).into_owned());
        }
        if tail.is_empty() {
            return "the server printed nothing".to_owned();
        }
        format!("the end of the server's log:\n    {}", Vec::from(tail).join("\n    "))
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let stopwatch = Stopwatch::start();
        let mut missing = "it has not written its address";
        while stopwatch.elapsed() < START_PATIENCE {
            self.check_running()?;
            if let Some(address) = written_address(&data_dir(&self.folder)) {
                missing = "GET /readyz does not answer 200";
                if http_get::status(address, "/readyz", None).is_ok_and(|status| status == 200) {
                    self.address = address;
                    self.root_key = written_root_key(&data_dir(&self.folder))?;
                    return Ok(());
                }
            }
            thread::sleep(POLL_INTERVAL);
        }
        bail!("the server was not ready after {} s: {missing}", START_PATIENCE.as_secs());
    }
}

impl Drop for ServerUnderTest {
    fn drop(&mut self) {
        // Each of these fails only where there is nothing left to do: it has ended, or the folder is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn data_dir(folder: &Path) -> PathBuf {
    folder.join("data")
}

fn configuration_path(folder: &Path) -> PathBuf {
    folder.join("keywright.toml")
}

fn log_path(folder: &Path) -> PathBuf {
    folder.join("server.log")
}

/// The address in `<data-dir>/address`, once its line is complete.
fn written_address(data_dir: &Path) -> Option<SocketAddr> {
    let text = fs::read_to_string(data_dir.join("address")).ok()?;
    text.strip_suffix('\n')?.parse().ok()
}

fn written_root_key(data_dir: &Path) -> Result<String> {
    let path = data_dir.join("root-key");
    let text = fs::read_to_string(&path)
        .with_context(|| format!("the server is ready but left no root key in {}", path.display()))?;
    Ok(text.trim().to_owned())
}
