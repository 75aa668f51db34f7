//! The servers that run: the real one, the bare ones, and those that belong to somebody else's program.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use super::folder::Folder;
use super::load::server_command;
use super::services::Service;
use super::tool;
use crate::invocation::without_variables;
use crate::stopwatch::Stopwatch;
use crate::{http_get, workspace};

/// Ten million keys take some seconds, and a million that are put into a database more.
const START_PATIENCE: Duration = Duration::from_mins(3);

/// A running server; killed when it is dropped.
pub(super) struct Process {
    /// Itself; where it is somebody else's program, that runs as `service` alone.
    child: Option<Child>,
    /// What it needs to answer.
    service: Option<Service>,
    pub(super) address: SocketAddr,
    /// From the start of the program to its first answer.
    pub(super) start: Duration,
}

impl Process {
    pub(super) fn baseline(kind: &str, service: Option<Service>, more: &[&str]) -> Result<Rc<Self>> {
        println!("starting the baseline {kind}");
        let mut command = server_command(&tool::program());
        command.args(["baseline", kind]).args(more);
        let stopwatch = Stopwatch::start();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut output = BufReader::new(child.stdout.take().context("its output is ours")?);
        let (sender, first_line) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            let _ = output.read_line(&mut line);
            sender.send(line)
        });
        let line = first_line.recv_timeout(START_PATIENCE).unwrap_or_default();
        let start = stopwatch.elapsed();
        let address = line.trim().strip_prefix("address\t").and_then(|text| text.parse().ok());
        let Some(address) = address else {
            let _ = child.kill();
            let _ = child.wait();
            bail!("the baseline {kind} did not start");
        };
        Ok(Rc::new(Self { child: Some(child), service, address, start }))
    }

    pub(super) fn of_service(service: Service) -> Rc<Self> {
        let address = service.address;
        Rc::new(Self { child: None, service: Some(service), address, start: Duration::ZERO })
    }

    /// The real server on a data directory.
    pub(super) fn keywright(data: &Path) -> Result<Rc<Self>> {
        println!("starting Keywright on {}", data.display());
        let log = File::create(data.with_extension("log"))?;
        let mut command = server_command(&workspace::target_dir().join("release/keywright"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data);
        without_variables(&mut command, &["KEYWRIGHT_"]);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let stopwatch = Stopwatch::start();
        let child = command.spawn().context("cannot start the server")?;
        let unknown = SocketAddr::from(([127, 0, 0, 1], 0));
        let start = Duration::ZERO;
        let mut process = Self { child: Some(child), service: None, address: unknown, start };
        while stopwatch.elapsed() < START_PATIENCE {
            let ended = process.child.as_mut().and_then(|child| child.try_wait().transpose()).transpose()?;
            ensure!(
                ended.is_none(),
                "the server ended by itself:\n{}",
                fs::read_to_string(data.with_extension("log"))?
            );
            let written = fs::read_to_string(data.join("address")).ok();
            if let Some(address) = written.and_then(|text| text.strip_suffix('\n')?.parse().ok())
                && http_get::status(address, "/readyz", None).is_ok_and(|status| status == 200)
            {
                process.address = address;
                process.start = stopwatch.elapsed();
                return Ok(Rc::new(process));
            }
            thread::sleep(Duration::from_millis(1));
        }
        bail!("the server was not ready after {} s", START_PATIENCE.as_secs())
    }

    /// Stops it from using the processor while others are measured; what it has to do by then it does in its own turn.
    pub(super) fn halt(&self) -> Result<()> {
        self.signal("-STOP")
    }

    pub(super) fn go_on(&self) -> Result<()> {
        self.signal("-CONT")
    }

    fn signal(&self, signal: &str) -> Result<()> {
        let Some(child) = &self.child else { return Ok(()) };
        let status = Command::new("kill").args([signal, &child.id().to_string()]).status()?;
        ensure!(status.success(), "`kill {signal}` failed: a server has ended by itself");
        Ok(())
    }

    /// What it holds in memory, in MiB; nothing for other people's servers, which are several processes.
    pub(super) fn mebibytes(&self) -> Option<f64> {
        let child = self.child.as_ref().filter(|_| self.service.is_none())?;
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(kibibytes / 1024.0)
    }
}

impl Process {
    /// How long processors have been busy with it, in seconds; nothing for other people's servers, and where the work is
    /// shared with a database.
    pub(super) fn busy_seconds(&self) -> Option<f64> {
        let child = self.child.as_ref().filter(|_| self.service.is_none())?;
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
        busy_in(&stat)
    }
}

/// Fields 14 and 15 of `/proc/PID/stat`, by the program and by the kernel for it (proc(5)), in ticks, of which Linux tells
/// programs that there are 100 a second. The second field is a name in parentheses, which may hold anything.
fn busy_in(stat: &str) -> Option<f64> {
    let after_name = stat.rsplit_once(')')?.1;
    let ticks: Vec<f64> =
        after_name.split_whitespace().skip(11).take(2).map_while(|text| text.parse().ok()).collect();
    (ticks.len() == 2).then(|| ticks.iter().sum::<f64>() / 100.0)
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL ends a halted process too; both fail only where it has ended already.
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Starts and memory of a server without keys.
pub(super) struct Empty {
    /// From the start of the program to its first answer, with the store made already.
    pub(super) start_ms: f64,
    pub(super) mebibytes: f64,
    pub(super) binary_mebibytes: f64,
}

/// Starts the real server on an empty data directory some times.
pub(super) fn empty_start(folder: &Folder) -> Result<Empty> {
    let data = folder.path("empty");
    fs::create_dir(&data)?;
    let mut starts = Vec::new();
    let mut mebibytes = 0.0;
    // The first makes the store; the median leaves it out.
    for _ in 0..9 {
        let process = Process::keywright(&data)?;
        starts.push(process.start.as_secs_f64() * 1e3);
        mebibytes = process.mebibytes().context("its memory cannot be read")?;
    }
    starts.sort_by(f64::total_cmp);
    let binary: PathBuf = workspace::target_dir().join("release/keywright");
    let binary_mebibytes = bytes_as_mebibytes(fs::metadata(binary)?.len());
    Ok(Empty { start_ms: starts[starts.len() / 2], mebibytes, binary_mebibytes })
}

#[expect(clippy::cast_precision_loss, reason = "told in a few digits")]
fn bytes_as_mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

#[cfg(test)]
mod tests {
    use super::busy_in;

    #[test]
    fn busy_time_is_found_behind_any_name() {
        let stat = "7 (a name) (x) S 1 7 7 0 -1 4194560 1 2 3 4 150 50 5 6 20 0 9 0";
        assert_eq!(busy_in(stat), Some(2.0));
        assert_eq!(busy_in("7 (x) S 1"), None);
    }
}
