//! The project's own chores: `cargo xtask <chore>`.
//!
//! It builds, starts and asks the server as an outsider would, and must never depend on a crate of it: a chore has to
//! run, and to say what is wrong, while the server does not compile.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool: what it prints is what it is for"
)]

mod bench;
mod browser;
mod gallery;
mod gateways;
mod http_get;
mod immich_clients;
mod instructions;
mod invocation;
mod node_packages;
mod oauth_clients;
mod python_packages;
mod real_clients;
mod samples;
mod schemathesis;
mod server_under_test;
mod step;
mod stopwatch;
mod test;
mod tools;
mod vendor;
mod version;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "The project's own chores")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run the checks that every change must pass, in order, up to the first that fails
    Test(test::Arguments),
    /// Measure speed and memory, each beside a bare baseline in the same run
    Bench(bench::Arguments),
    /// Fetch the scripts of others that pages load, at their pinned versions
    Vendor,
}

fn main() -> ExitCode {
    let result = match Cli::parse().chore {
        Chore::Test(arguments) => test::run(&arguments),
        Chore::Bench(arguments) => bench::run(&arguments),
        Chore::Vendor => vendor::run(),
    };
    let Err(error) = result else { return ExitCode::SUCCESS };
    // Not anyhow's own rendering, which adds a backtrace wherever RUST_BACKTRACE is set for the sake of the tests.
    eprintln!("error: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
