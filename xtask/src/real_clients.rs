//! Real clients, unchanged, each against a real server of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::invocation;
use crate::server_under_test::ServerUnderTest;
use crate::workspace;

/// A program, and the script that drives a client with it.
pub(crate) type Client = (PathBuf, PathBuf);

/// Runs every client, and fails unless each did all that it should.
pub(crate) fn run_all(clients: &[Client]) -> Result<()> {
    let mut failed = Vec::new();
    for (program, script) in clients {
        if let Err(error) = run_one(program, script) {
            println!("FAILED: {error:#}");
            failed.push(script.display().to_string());
        }
    }
    if !failed.is_empty() {
        bail!("these clients did not get what they need: {}", failed.join(", "));
    }
    Ok(())
}

/// Each has a server of its own: one signs up the first admin, another withdraws the signing keys.
fn run_one(program: &Path, script: &Path) -> Result<()> {
    let mut server = ServerUnderTest::start()?;
    let mut command = Command::new(program);
    command
        .arg(script)
        .current_dir(workspace::root())
        .env("KEYWRIGHT_URL", format!("http://{}", server.address()))
        .env("KEYWRIGHT_ROOT_KEY", server.root_key())
        // A proxy of the environment must not come between the two.
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let outcome = invocation::run(&mut command);
    server.check_running().and(outcome).inspect_err(|_| println!("\n{}", server.log_tail()))
}
