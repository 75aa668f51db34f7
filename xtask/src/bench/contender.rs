//! Whoever answers: the real server and the bare ones, each a process of its own.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use super::folder::Folder;
use super::load::{Keys, Questions, server_command};
use super::services::{self, Service};
use super::tool;
use crate::invocation::without_variables;
use crate::stopwatch::Stopwatch;
use crate::{http_get, workspace};

/// The permissions that every key has, asked for where there is no body to ask in.
const AUTHZ: &str = "/authz?permission=asset.read&permission=asset.create";
const VERIFY: &str = "/v1/api-keys/verify";
const VERIFY_BATCH: &str = "/v1/api-keys/verify-batch";
/// Keys in a batch.
const BATCH: usize = 100;
/// Ten million keys take some seconds.
const START_PATIENCE: Duration = Duration::from_mins(2);

/// What others are measured against.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// The handler that answers 200.
    Plain,
    /// The handler that reads and writes JSON.
    Json,
}

/// One row of the table.
pub(super) struct Contender {
    pub(super) name: String,
    /// What it is compared with; nothing with itself.
    pub(super) base: Base,
    pub(super) questions: Questions,
    pub(super) keys: Keys,
    pub(super) process: Rc<Process>,
}

/// A running server; killed when it is dropped.
pub(super) struct Process {
    /// Itself; where it is somebody else's program, that runs as `service` alone.
    child: Option<Child>,
    /// What it needs to answer.
    service: Option<Service>,
    pub(super) address: SocketAddr,
    /// From the start of the program to its first answer.
    pub(super) start: Duration,
    is_ours: bool,
}

impl Contender {
    /// All of them, running and halted.
    pub(super) fn start_all(folder: &Folder, sizes: &[usize]) -> Result<Vec<Self>> {
        let smallest = *sizes.first().context("no number of keys")?;
        // The databases of others are filled with as many keys as is usual to look up there.
        let usual = sizes.iter().copied().find(|size| *size >= 1_000_000).unwrap_or(smallest);
        let (any_keys, usual_keys) = (keys_of(&folder.data(smallest))?, keys_of(&folder.data(usual))?);
        let json = Questions::Json { path: VERIFY, batch: 0 };
        let mut all = Vec::new();
        let mut add = |name: String, base, questions: &Questions, keys: &Keys, process: &Rc<Process>| {
            let (questions, keys, process) = (questions.clone(), keys.clone(), Rc::clone(process));
            all.push(Self { name, base, questions, keys, process });
        };
        let plain = Process::baseline("plain", None, &[])?;
        add(
            "bare handler: 200".to_owned(),
            Base::Plain,
            &Questions::Bearer { path: AUTHZ },
            &any_keys,
            &plain,
        );
        let nginx = Process::of_service(services::nginx(folder)?);
        add(
            "nginx: return 200".to_owned(),
            Base::Plain,
            &Questions::Bearer { path: AUTHZ },
            &any_keys,
            &nginx,
        );
        let bare = Process::baseline("json", None, &[])?;
        add("bare handler: JSON in, JSON out".to_owned(), Base::Json, &json, &any_keys, &bare);

        let key_file = folder.data(usual).join("keys");
        let key_file = key_file.to_str().context("a path that is no text")?;
        let sqlite = folder.path("baseline.db");
        let sqlite = sqlite.to_str().context("a path that is no text")?;
        let look_up = |kind: &str, service: Option<Service>, database: &str| {
            Process::baseline(kind, service, &["--database", database, "--keys", key_file])
        };
        let in_sqlite = look_up("sqlite", None, sqlite)?;
        let service = services::redis(folder)?;
        let url = format!("redis://{}", service.address);
        let in_redis = look_up("redis", Some(service), &url)?;
        let service = services::postgres(folder)?;
        let url = services::postgres_url(service.address);
        let in_postgres = look_up("postgres", Some(service), &url)?;
        for (name, process) in [("SQLite", &in_sqlite), ("Redis", &in_redis), ("PostgreSQL", &in_postgres)] {
            add(format!("look-up in {name}, {usual} keys"), Base::Json, &json, &usual_keys, process);
        }
        for size in sizes {
            let data = folder.data(*size);
            let (process, keys) = (Process::keywright(&data)?, keys_of(&data)?);
            let batch = Questions::Json { path: VERIFY_BATCH, batch: BATCH };
            add(format!("Keywright {VERIFY}, {size} keys"), Base::Json, &json, &keys, &process);
            add(
                format!("Keywright /authz, {size} keys"),
                Base::Plain,
                &Questions::Bearer { path: AUTHZ },
                &keys,
                &process,
            );
            add(
                format!("Keywright {VERIFY_BATCH}, {BATCH} a call, {size} keys"),
                Base::Json,
                &batch,
                &keys,
                &process,
            );
        }
        all.iter().try_for_each(|contender| contender.process.halt())?;
        Ok(all)
    }

    /// Fails when the real server has refused a key: then something else was measured than what the table says.
    pub(super) fn check_verdicts(&self) -> Result<()> {
        if !self.process.is_ours {
            return Ok(());
        }
        self.process.go_on()?;
        let metrics = http_get::body(self.process.address, "/metrics");
        self.process.halt()?;
        let metrics = metrics?;
        let counts = metrics.lines().filter_map(|line| line.strip_prefix("keywright_verifications_total"));
        let refused: Vec<&str> =
            counts.filter(|line| !line.contains("\"VALID\"") && !line.ends_with(" 0")).collect();
        ensure!(refused.is_empty(), "{} refused keys: {refused:?}", self.name);
        Ok(())
    }
}

impl Process {
    fn baseline(kind: &str, service: Option<Service>, more: &[&str]) -> Result<Rc<Self>> {
        println!("starting the baseline {kind}");
        let mut command = server_command(&tool::program());
        command.args(["baseline", kind]).args(more);
        let stopwatch = Stopwatch::start();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("its output is ours")?).read_line(&mut line)?;
        let start = stopwatch.elapsed();
        let address = line.trim().strip_prefix("address\t").and_then(|text| text.parse().ok());
        let Some(address) = address else {
            let _ = child.kill();
            let _ = child.wait();
            bail!("the baseline {kind} did not start");
        };
        Ok(Rc::new(Self { child: Some(child), service, address, start, is_ours: false }))
    }

    fn of_service(service: Service) -> Rc<Self> {
        let address = service.address;
        Rc::new(Self { child: None, service: Some(service), address, start: Duration::ZERO, is_ours: false })
    }

    /// The real server on a data directory.
    fn keywright(data: &Path) -> Result<Rc<Self>> {
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
        let mut process = Self { child: Some(child), service: None, address: unknown, start, is_ours: true };
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

fn keys_of(data: &Path) -> Result<Keys> {
    let bearer = fs::read_to_string(data.join("root-key"))?.trim().to_owned();
    Ok(Keys { sample: data.join("sample"), bearer })
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
