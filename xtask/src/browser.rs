//! The console in a real browser: Debian's Chromium, steered by the tests in `crates/keywright/tests/browser`. On each
//! page they ask axe-core what is wrong for people who see, hear or move differently, and take its picture.

use std::fs;

use anyhow::{Context as _, Result};

use crate::invocation::{cargo, run as call};
use crate::step::OIDC_FILES;
use crate::{gallery, node_packages, tools, workspace};

/// What brings axe-core. Its licence, the MPL 2.0, is one of files: it is used as it is and is in nothing that is shipped.
const FILES: [&str; 3] = [".npmrc", "package.json", "package-lock.json"];

/// Runs the tests, and puts what they saw on one page for people to look at.
pub(crate) fn run() -> Result<()> {
    tools::NEXTEST.ensure()?;
    tools::CHROMIUM.ensure()?;
    tools::CHROMEDRIVER.ensure()?;
    node_packages::ensure("axe", &FILES)?;
    node_packages::ensure("oidc", &OIDC_FILES)?;
    // Pictures of pages that are no more must not be taken for those of today.
    let folder = workspace::target_dir().join("screenshots");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot delete {}", folder.display()))?;
    }
    let outcome = call(&mut cargo([
        "nextest",
        "run",
        "--profile",
        "browser",
        "-p",
        "keywright",
        "--test",
        "browser",
        "--locked",
    ]));
    // Also when a test failed: then it may be the pictures that tell why.
    gallery::show(&folder)?;
    outcome
}
