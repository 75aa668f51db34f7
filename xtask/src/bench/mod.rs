//! `cargo xtask bench`: measures speed and memory beside bare baselines in the same run, and writes docs/benchmarks.md.
//!
//! Shared machines change speed every few seconds, so all sides take turns in runs of a second, and what is told is the
//! median of the rounds' ratios. The servers have one processor, and the load generator has another.

mod contender;
mod faults;
mod folder;
mod load;
mod machine;
mod process;
mod rounds;
mod services;
mod tool;
mod writing;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::invocation::{self, cargo};
use crate::tools::DebianTool;
use crate::workspace;

use contender::Contender;
use faults::Faults;
use folder::Folder;
use process::Empty;
use rounds::{OfConnections, Plan};
use tool::Facts;

const NEEDED: [DebianTool; 5] = [
    DebianTool { probe: &["wrk", "-v"], package: "wrk" },
    DebianTool { probe: &["nginx", "-v"], package: "nginx-light" },
    DebianTool { probe: &["redis-server", "--version"], package: "redis-server" },
    DebianTool { probe: &["psql", "--version"], package: "postgresql" },
    DebianTool { probe: &["setpriv", "--version"], package: "util-linux" },
];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Without ten million keys, and with a third of the rounds
    #[arg(long)]
    quick: bool,
    /// Where the databases are made: a new folder in this one, deleted at the end. All sizes take 16 GB for a while
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Where the page is written, instead of docs/benchmarks.md
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// How many minutes servers are asked for, all in all: then no round begins
    #[arg(long, value_name = "MINUTES", default_value_t = 12)]
    minutes: u64,
    /// Numbers of keys to measure at, instead of the usual ones
    sizes: Vec<usize>,
}

impl Arguments {
    fn sizes(&self) -> Vec<usize> {
        let mut sizes = match (self.sizes.is_empty(), self.quick) {
            (false, _) => self.sizes.clone(),
            (true, true) => vec![1_000, 1_000_000],
            (true, false) => vec![1_000, 1_000_000, 10_000_000],
        };
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    fn plan(&self) -> Plan {
        let connections: &[usize] = &[32, 128];
        let at_most = Duration::from_mins(self.minutes) / u32::try_from(connections.len()).unwrap_or(1);
        Plan { rounds: if self.quick { 5 } else { 15 }, connections, at_most }
    }
}

/// What was measured with one number of keys.
struct OfSize {
    keys: usize,
    filling: Facts,
    start: Option<Facts>,
    verify: Option<Facts>,
}

/// What was measured until now.
#[derive(Default)]
struct Measured {
    of_sizes: Vec<OfSize>,
    creates: Option<Facts>,
    empty: Option<Empty>,
    contenders: Vec<Contender>,
    results: Vec<OfConnections>,
    faults: Faults,
}

/// Measures everything that can be measured, and then fails if something could not.
///
/// The page is written anew after each part, so that there is one whatever becomes of the rest.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    NEEDED.iter().try_for_each(DebianTool::ensure)?;
    let packages = ["--package", "keywright", "--package", "keywright-bench"];
    invocation::run(cargo(["build", "--release", "--locked"]).args(packages))?;
    let sizes = arguments.sizes();
    let folder = Folder::make(arguments.folder.as_deref(), sizes.iter().sum())?;
    let page = arguments.page.clone().unwrap_or_else(|| workspace::root().join("docs/benchmarks.md"));

    let mut measured = Measured::default();
    for keys in sizes {
        println!("\n{keys} keys");
        measured.in_process(&folder, keys);
    }
    println!("\ncreates");
    let faults = &mut measured.faults;
    measured.creates = faults.attempt("creates", || tool::run("creates", &folder.path("creates"), &[]));
    measured.empty = faults.attempt("starts without keys", || process::empty_start(&folder));
    writing::write(&page, &measured, false)?;

    println!("\nservers");
    let sizes: Vec<usize> = measured.of_sizes.iter().map(|of| of.keys).collect();
    let faults = std::mem::take(&mut measured.faults);
    (measured.contenders, measured.faults) = Contender::start_all(&folder, &sizes, faults);
    let plan = arguments.plan();
    for connections in plan.connections {
        let Measured { contenders, faults, results, .. } = &mut measured;
        results.push(rounds::run(&plan, *connections, contenders, faults));
        writing::write(&page, &measured, false)?;
    }
    let Measured { contenders, faults, .. } = &mut measured;
    for contender in contenders.iter() {
        faults.attempt(&contender.name, || contender.check_verdicts());
    }
    writing::write(&page, &measured, true)?;
    if measured.faults.lines().is_empty() {
        return Ok(());
    }
    bail!("this failed, and the rest was measured:\n{}", measured.faults.lines().join("\n"))
}

impl Measured {
    /// Makes the data with this many keys, and measures what needs no server.
    fn in_process(&mut self, folder: &Folder, keys: usize) {
        let data = folder.data(keys);
        let mut measure = |what: &str, more: &[&str]| {
            self.faults.attempt(&format!("{what}, {keys} keys"), || tool::run(what, &data, more))
        };
        let Some(filling) = measure("fill", &[&keys.to_string()]) else { return };
        let (start, verify) = (measure("start", &[]), measure("verify", &[]));
        self.of_sizes.push(OfSize { keys, filling, start, verify });
    }
}
