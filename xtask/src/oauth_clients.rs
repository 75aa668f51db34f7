//! Real clients of the standards that Keywright speaks for tokens, unchanged, against the real server: Authlib asks about
//! keys and tokens by introspection, `PyJWT` and jose check tokens by the published keys. The scripts that drive them are
//! in `clients/oauth`.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::invocation::run as call;
use crate::server_under_test::ServerUnderTest;
use crate::version::Version;
use crate::{node_packages, python_packages, workspace};

const PACKAGES: [(&str, Version); 4] = [
    ("Authlib", Version(1, 9, 9)),
    ("PyJWT", Version(2, 15, 1)),
    ("cryptography", Version(50, 0, 2)),
    ("requests", Version(2, 34, 2)),
];

/// What the script in JavaScript needs beside it.
const FILES: [&str; 4] = [".npmrc", "package.json", "package-lock.json", "jose.mjs"];

/// Runs every client against a server of its own, and fails unless each did all that it should.
pub(crate) fn run() -> Result<()> {
    let node = node_packages::ensure("oauth", &FILES)?;
    let python = python_packages::ensure("oauth-python", &PACKAGES)?;
    let clients = [
        (Path::new("node"), node.join("jose.mjs")),
        (python.as_path(), workspace::root().join("clients/oauth/python_clients.py")),
    ];
    let mut failed = Vec::new();
    for (program, script) in &clients {
        if let Err(error) = try_out(program, script) {
            println!("FAILED: {error:#}");
            failed.push(script.display().to_string());
        }
    }
    if !failed.is_empty() {
        bail!("these clients did not get what they need: {}", failed.join(", "));
    }
    Ok(())
}

/// Each has a server of its own, since each withdraws the signing keys.
fn try_out(program: &Path, script: &Path) -> Result<()> {
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
    let outcome = call(&mut command);
    server.check_running().and(outcome).inspect_err(|_| println!("\n{}", server.log_tail()))
}
