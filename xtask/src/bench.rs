//! `cargo xtask bench`: builds the measurements for release and runs them.

use anyhow::Result;

use crate::invocation::{self, cargo};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Numbers of keys to measure at [default: 1000 1000000]
    sizes: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut bench = cargo(["run", "--release", "--locked", "--package", "keywright-bench", "--"]);
    invocation::run(bench.args(&arguments.sizes))
}
