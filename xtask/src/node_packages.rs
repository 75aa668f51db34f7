//! Packages from npm that the checks drive real clients with: a folder in `.tools`, with the scripts beside the packages,
//! which is where Node looks for them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::invocation::{answer, run};
use crate::version::Version;
use crate::workspace;

/// The oldest Node that all of the packages run on.
const NODE: Version = Version(20, 0, 0);

/// Tells which packages are installed.
const INSTALLED: &str = "installed-package-lock.json";

/// What all scripts count with.
const TALLY: &str = "tally.mjs";

/// Makes `.tools/<name>` out of these files of `clients/<name>`, the lock file among them, unless it is there already.
pub(crate) fn ensure(name: &str, files: &[&str]) -> Result<PathBuf> {
    let version = |program: &str| answer(Command::new(program).arg("--version"));
    // `v20.20.2`
    let node = version("node").and_then(|text| Version::find_in(text.trim_start_matches('v')));
    if node.is_none_or(|found| found < NODE) || version("npm").is_none() {
        bail!("the clients from npm need Node {NODE} or newer with npm: install them");
    }
    let folder = workspace::root().join(".tools").join(name);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let clients = workspace::root().join("clients");
    let own = files.iter().map(|file| (clients.join(name).join(file), folder.join(file)));
    for (from, to) in own.chain([(clients.join(TALLY), folder.join(TALLY))]) {
        fs::copy(&from, &to)
            .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    }
    let wanted = fs::read(folder.join("package-lock.json"))?;
    let installed = folder.join(INSTALLED);
    if fs::read(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    println!("the clients from npm are not here, or others are: installing them into .tools/{name}.");
    // No package's own programs are run by installing it.
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder);
    run(&mut npm)?;
    fs::write(&installed, wanted)?;
    Ok(folder)
}
