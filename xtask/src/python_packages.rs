//! Packages from `PyPI` that the checks drive real clients with: a Python environment of their own in `.tools`.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::invocation::{answer, run};
use crate::version::Version;
use crate::workspace;

/// The oldest Python that all of the packages run on.
const PYTHON: Version = Version(3, 11, 0);

/// The Python of `.tools/<name>`, which has these packages at these versions.
pub(crate) fn ensure(name: &str, packages: &[(&str, Version)]) -> Result<PathBuf> {
    let venv = workspace::root().join(".tools").join(name);
    let python = venv.join("bin/python");
    let is_at = |(package, version): &(&str, Version)| {
        let ask = format!("import importlib.metadata; print(importlib.metadata.version('{package}'))");
        answer(Command::new(&python).args(["-c", &ask]).stderr(Stdio::null()))
            .and_then(|text| Version::find_in(&text))
            .is_some_and(|found| found == *version)
    };
    if packages.iter().all(is_at) {
        return Ok(python);
    }
    let pinned: Vec<String> =
        packages.iter().map(|(package, version)| format!("{package}=={version}")).collect();
    println!("{} is not here: installing it into .tools/{name}.", pinned.join(", "));
    let found = answer(Command::new("python3").arg("--version")).and_then(|text| Version::find_in(&text));
    if found.is_none_or(|found| found < PYTHON) {
        bail!(
            "the clients from PyPI need Python {PYTHON} or newer, and `python3` is older or not here: install it"
        );
    }
    // `--clear`: an environment that was left half made, or whose Python is gone, is made anew.
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv)).context(
        "Python's venv module does not work; Debian and Ubuntu have it in the package python3-venv",
    )?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(&pinned))?;
    match packages.iter().find(|package| !is_at(package)) {
        None => Ok(python),
        Some((package, _)) => bail!("{package} was installed, but {} does not find it", python.display()),
    }
}
