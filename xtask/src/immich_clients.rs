//! Real clients of the Immich API, unchanged, against the real server: the official SDK and command line from npm, and the
//! Python client from `PyPI`. The scripts that drive them are in `clients/immich`.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::invocation::run as call;
use crate::server_under_test::ServerUnderTest;
use crate::version::Version;
use crate::{node_packages, python_packages, workspace};

const IMMICHPY: Version = Version(4, 2, 3);

/// What the scripts in JavaScript need beside them.
const FILES: [&str; 6] =
    [".npmrc", "package.json", "package-lock.json", "permissions.txt", "sdk.mjs", "cli.mjs"];

/// Runs every client against a server of its own, and fails unless each did all that it should.
pub(crate) fn run() -> Result<()> {
    node_packages::ensure("immich", &FILES)?;
    let python = python_packages::ensure("immichpy", &[("immichpy", IMMICHPY)])?;
    let clients = [
        (Path::new("node"), ".tools/immich/sdk.mjs"),
        (Path::new("node"), ".tools/immich/cli.mjs"),
        (python.as_path(), "clients/immich/immichpy_client.py"),
    ];
    let mut failed = Vec::new();
    for (program, script) in &clients {
        if let Err(error) = try_out(program, script) {
            println!("FAILED: {error:#}");
            failed.push(*script);
        }
    }
    if !failed.is_empty() {
        bail!("these clients did not get what they need: {}", failed.join(", "));
    }
    Ok(())
}

/// Each has a server of its own, since each begins with the sign-up of the first admin.
fn try_out(program: &Path, script: &str) -> Result<()> {
    let mut server = ServerUnderTest::start()?;
    let mut command = Command::new(program);
    command
        .arg(script)
        .current_dir(workspace::root())
        .env("KEYWRIGHT_URL", format!("http://{}", server.address()))
        // A proxy of the environment must not come between the two.
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let outcome = call(&mut command);
    server.check_running().and(outcome).inspect_err(|_| println!("\n{}", server.log_tail()))
}
