//! Real clients of the standards that Keywright speaks for tokens, unchanged, against the real server: Authlib asks about
//! keys and tokens by introspection, `PyJWT` and jose check tokens by the published keys. The scripts that drive them are
//! in `clients/oauth`.

use anyhow::Result;

use crate::version::Version;
use crate::{node_packages, python_packages, real_clients, workspace};

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
    let python_clients = workspace::root().join("clients/oauth/python_clients.py");
    real_clients::run_all(&[("node".into(), node.join("jose.mjs")), (python, python_clients)])
}
