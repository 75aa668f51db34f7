//! `cargo xtask bench`: measures speed and memory beside bare baselines in the same run, and writes docs/benchmarks.md.
//!
//! Shared machines change speed every few seconds, so all sides take turns in runs of a second, and what is told is the
//! median of the rounds' ratios. The servers have one processor, and the load generator has another.

mod contender;
mod folder;
mod load;
mod machine;
mod rounds;
mod services;
mod tool;
mod writing;

use anyhow::Result;

use crate::invocation::{self, cargo};
use crate::tools::DebianTool;

use contender::Contender;
use folder::Folder;
use rounds::Plan;
use tool::Facts;

const NEEDED: [DebianTool; 5] = [
    DebianTool { probe: &["wrk", "-v"], package: "wrk" },
    DebianTool { probe: &["nginx", "-v"], package: "nginx-light" },
    DebianTool { probe: &["redis-server", "--version"], package: "redis-server" },
    DebianTool { probe: &["psql", "--version"], package: "postgresql" },
    DebianTool { probe: &["taskset", "--version"], package: "util-linux" },
];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Without ten million keys, and with a third of the rounds
    #[arg(long)]
    quick: bool,
    /// Numbers of keys to measure at, instead of the usual ones
    sizes: Vec<usize>,
}

impl Arguments {
    fn sizes(&self) -> Vec<usize> {
        match (self.sizes.is_empty(), self.quick) {
            (false, _) => self.sizes.clone(),
            (true, true) => vec![1_000, 1_000_000],
            (true, false) => vec![1_000, 1_000_000, 10_000_000],
        }
    }

    fn rounds(&self) -> usize {
        if self.quick { 5 } else { 15 }
    }
}

/// What was measured with one number of keys.
struct OfSize {
    keys: usize,
    filling: Facts,
    start: Facts,
    verify: Facts,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    NEEDED.iter().try_for_each(DebianTool::ensure)?;
    let packages = ["--package", "keywright", "--package", "keywright-bench"];
    invocation::run(cargo(["build", "--release", "--locked"]).args(packages))?;
    let folder = Folder::make()?;

    let mut of_sizes = Vec::new();
    for keys in arguments.sizes() {
        println!("\n{keys} keys");
        let data = folder.data(keys);
        let filling = tool::run("fill", &data, &[&keys.to_string()])?;
        let start = tool::run("start", &data, &[])?;
        let verify = tool::run("verify", &data, &[])?;
        of_sizes.push(OfSize { keys, filling, start, verify });
    }
    println!("\ncreates");
    let creates = tool::run("creates", &folder.path("creates"), &[])?;

    println!("\nservers");
    let empty = contender::empty_start(&folder)?;
    let mut contenders = Contender::start_all(&folder, &arguments.sizes())?;
    let plan = Plan { rounds: arguments.rounds(), connections: &[32, 128] };
    let results = rounds::run(&plan, &mut contenders)?;
    contenders.iter().try_for_each(Contender::check_verdicts)?;

    let text = writing::page(&writing::Measured {
        of_sizes: &of_sizes,
        creates: &creates,
        empty: &empty,
        contenders: &contenders,
        plan: &plan,
        results: &results,
    })?;
    writing::write(&text)
}
