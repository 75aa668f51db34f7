//! Real clients of the Immich API, unchanged, against the real server: the official SDK and command line from npm, and the
//! Python client from `PyPI`. The scripts that drive them are in `clients/immich`.

use anyhow::Result;

use crate::version::Version;
use crate::{node_packages, python_packages, real_clients, workspace};

const IMMICHPY: Version = Version(4, 2, 3);

/// What the scripts in JavaScript need beside them.
const FILES: [&str; 6] =
    [".npmrc", "package.json", "package-lock.json", "permissions.txt", "sdk.mjs", "cli.mjs"];

/// Runs every client against a server of its own, and fails unless each did all that it should.
pub(crate) fn run() -> Result<()> {
    node_packages::ensure("immich", &FILES)?;
    let python = python_packages::ensure("immichpy", &[("immichpy", IMMICHPY)])?;
    let script = |path: &str| workspace::root().join(path);
    real_clients::run_all(&[
        ("node".into(), script(".tools/immich/sdk.mjs")),
        ("node".into(), script(".tools/immich/cli.mjs")),
        (python, script("clients/immich/immichpy_client.py")),
    ])
}
