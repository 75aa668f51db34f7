//! What `cargo xtask bench` and `cargo xtask test instructions` measure with: the engine in process, and the bare
//! servers that the real one stands beside.
//!
//! Each command measures one thing in a process of its own, since memory and speed depend on what a process did before.
//! What it found it prints as lines of a name, a tab and a value.
#![expect(clippy::print_stdout, reason = "this is a command-line tool")]
#![expect(clippy::cast_precision_loss, reason = "what is measured is told in three digits")]

mod baseline;
mod commits;
mod creates;
mod data_set;
mod fill;
mod instructions;
mod picks;
mod start;
mod stopwatch;
mod verify;

use std::fmt::Display;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "bench", about = "One measurement; `cargo xtask bench` makes them all")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a data directory that the server can serve, with this many keys, and write the keys beside it
    Fill {
        /// The directory, which must not exist
        directory: PathBuf,
        /// How many
        keys: usize,
    },
    /// Load all keys of a data directory into memory: how long it takes, and how much memory
    Start {
        /// The directory
        directory: PathBuf,
    },
    /// Verify random keys of a data directory in process
    Verify {
        /// The directory
        directory: PathBuf,
    },
    /// Create keys, durably, from many callers at once
    Creates {
        /// A directory that does not exist
        directory: PathBuf,
    },
    /// Do one thing a fixed number of times, the same way each time, for counting its instructions
    Instructions {
        /// What
        what: instructions::What,
        /// How often
        count: usize,
    },
    /// Serve a bare baseline until killed; prints its address
    Baseline(baseline::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Fill { directory, keys } => fill::run(&directory, keys),
        Command::Start { directory } => start::run(&directory),
        Command::Verify { directory } => verify::run(&directory),
        Command::Creates { directory } => creates::run(&directory),
        Command::Instructions { what, count } => instructions::run(what, count),
        Command::Baseline(arguments) => baseline::run(&arguments),
    }
}

/// Tells what was found.
fn tell(name: &str, value: impl Display) {
    println!("{name}\t{value}");
}
