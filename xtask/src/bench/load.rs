//! The load: wrk, for a second at a time.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use super::machine;
use super::tool::Facts;
use crate::workspace;

/// How long one run lasts.
const SECONDS: u32 = 1;
/// After it the load generator hangs.
const PATIENCE_SECONDS: &str = "30";
/// The processor of whatever serves, and that of the load generator.
const SERVERS_CORE: &str = "0";
const LOAD_CORE: &str = "1";
/// Keys of the sample that each run begins further on, so that it does not find its own in the caches.
const STEP: usize = 37_000;
/// Keys in the sample, less those that a run holds.
const STEPS_WITHIN: usize = 140_000;

/// What is asked.
#[derive(Clone)]
pub(super) enum Questions {
    /// `POST path`, about one key (`batch` 0) or about as many in one request.
    Json { path: &'static str, batch: usize },
    /// `GET path` with the key as bearer.
    Bearer { path: &'static str },
}

impl Questions {
    /// Keys that one request asks about.
    pub(super) fn keys_a_request(&self) -> usize {
        match self {
            Self::Json { batch, .. } => (*batch).max(1),
            Self::Bearer { .. } => 1,
        }
    }
}

/// Where keys and the asking credential come from.
#[derive(Clone)]
pub(super) struct Keys {
    pub(super) sample: PathBuf,
    pub(super) bearer: String,
}

/// One run's outcome.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) requests_a_second: f64,
    pub(super) p50_us: f64,
    pub(super) p99_us: f64,
    /// How long the processor was busy with one request, where that is known.
    pub(super) busy_us: Option<f64>,
}

/// `program`, on the servers' processor where there is another for the load. It ends when this process does, however that
/// ends: a halted one would stay for ever.
pub(super) fn server_command(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]).args(pinned(SERVERS_CORE)).arg(program);
    command
}

/// What runs the program that follows it on this processor.
fn pinned(core: &str) -> Vec<&str> {
    if machine::cores() < 2 { Vec::new() } else { vec!["taskset", "--cpu-list", core] }
}

/// Asks for a second: what came out, and how many requests there were.
pub(super) fn run(
    address: SocketAddr,
    questions: &Questions,
    keys: &Keys,
    connections: usize,
    turn: usize,
) -> Result<(Run, f64)> {
    let (script, more) = match questions {
        Questions::Json { path, batch } => {
            ("verify.lua", vec![keys.bearer.clone(), (*path).to_owned(), batch.to_string()])
        }
        Questions::Bearer { path } => ("authz.lua", vec![(*path).to_owned()]),
    };
    let mut wrk = Command::new("timeout");
    wrk.args(["--kill-after=5", PATIENCE_SECONDS]).args(pinned(LOAD_CORE));
    wrk.args(["wrk", "-t1", &format!("-c{connections}"), &format!("-d{SECONDS}s"), "-s"])
        .arg(workspace::root().join("bench/wrk").join(script))
        .arg(format!("http://{address}"))
        .arg("--")
        .arg(&keys.sample)
        .arg((turn * STEP % STEPS_WITHIN).to_string())
        .args(more);
    let output = wrk.stdin(Stdio::null()).output().context("cannot start wrk")?;
    let told = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!("wrk ended with {}:\n{told}{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    let facts = Facts::read(&told);
    ensure!(facts.number("failed")? == 0.0, "requests failed:\n{told}");
    let requests = facts.number("requests")?;
    let run = Run {
        requests_a_second: requests / facts.number("microseconds")? * 1e6,
        p50_us: facts.number("p50")?,
        p99_us: facts.number("p99")?,
        busy_us: None,
    };
    Ok((run, requests))
}
