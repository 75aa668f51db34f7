//! The tools that the checks need beside the toolchain, the versions that they are pinned to, and how they get here.
//! One that is here at its version or a newer one is left alone.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::invocation::{answer, cargo, run};
use crate::version::Version;
use crate::workspace;

pub(crate) const NEXTEST: CargoTool =
    CargoTool { subcommand: "nextest", package: "cargo-nextest", version: Version(0, 9, 143) };
pub(crate) const DENY: CargoTool =
    CargoTool { subcommand: "deny", package: "cargo-deny", version: Version(0, 20, 2) };
/// With it come `redis-cli`, and as Debian starts it a server on its usual port, which the tests leave alone.
pub(crate) const REDIS: DebianTool =
    DebianTool { probe: &["redis-server", "--version"], package: "redis-server" };
pub(crate) const CHROMIUM: DebianTool = DebianTool { probe: &["chromium", "--version"], package: "chromium" };
pub(crate) const CHROMEDRIVER: DebianTool =
    DebianTool { probe: &["chromedriver", "--version"], package: "chromium-driver" };
const SCHEMATHESIS: Version = Version(4, 32, 5);

/// A cargo subcommand that `cargo install` brings.
pub(crate) struct CargoTool {
    subcommand: &'static str,
    package: &'static str,
    version: Version,
}

impl CargoTool {
    /// Installs the pinned version unless it, or a newer one, is here.
    pub(crate) fn ensure(&self) -> Result<()> {
        if self.is_here() {
            return Ok(());
        }
        let version = self.version.to_string();
        println!("{} {version} or newer is not here: installing it, which takes some minutes.", self.package);
        run(&mut cargo(["install", self.package, "--version", &version, "--locked"]))?;
        if !self.is_here() {
            bail!(
                "{} {version} was installed, but `cargo {} --version` still finds an older one or none: \
                 put cargo's bin folder (~/.cargo/bin) first in PATH",
                self.package,
                self.subcommand,
            );
        }
        Ok(())
    }

    fn is_here(&self) -> bool {
        answer(&mut cargo([self.subcommand, "--version"]))
            .and_then(|text| Version::find_in(&text))
            .is_some_and(|found| found >= self.version)
    }
}

/// A program that Debian and Ubuntu have a package of.
pub(crate) struct DebianTool {
    /// What is called to see whether it is here.
    pub(crate) probe: &'static [&'static str],
    pub(crate) package: &'static str,
}

impl DebianTool {
    /// Installs the package where this may install packages; else who reads the message has to.
    pub(crate) fn ensure(&self) -> Result<()> {
        if self.is_here() {
            return Ok(());
        }
        let Self { probe, package } = self;
        let is_root = answer(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
        let has_apt = answer(Command::new("apt-get").arg("--version")).is_some();
        if !is_root || !has_apt {
            bail!(
                "`{}` is not here, and installing it needs root and apt-get: install it yourself (Debian and Ubuntu: \
                 sudo apt-get install {package})",
                probe[0],
            );
        }
        println!("`{}` is not here: installing Debian's package {package}.", probe[0]);
        run(Command::new("apt-get").args(["update", "-qq"]))?;
        let mut install = Command::new("apt-get");
        install.args(["install", "-qq", "-y", "--no-install-recommends", package]);
        run(install.env("DEBIAN_FRONTEND", "noninteractive"))?;
        if !self.is_here() {
            bail!("{package} was installed, but `{}` does not run", probe.join(" "));
        }
        Ok(())
    }

    fn is_here(&self) -> bool {
        // Some answer with their usage and a failure.
        Command::new(self.probe[0]).args(&self.probe[1..]).stdin(Stdio::null()).output().is_ok()
    }
}

/// Fails unless the toolchain has a component: rustup brings it, and not everyone has their Rust from rustup.
pub(crate) fn require_component(subcommand: &str, component: &str) -> Result<()> {
    if answer(&mut cargo([subcommand, "--version"])).is_none() {
        bail!("`cargo {subcommand}` is not here: install it with `rustup component add {component}`");
    }
    Ok(())
}

/// The path of schemathesis's `st`, installed into a Python environment of the checkout's own unless it is there.
pub(crate) fn ensure_schemathesis() -> Result<PathBuf> {
    let venv = workspace::root().join(".tools/venv");
    let st = venv.join("bin/st");
    let is_here = || {
        answer(Command::new(&st).arg("--version"))
            .and_then(|text| Version::find_in(&text))
            .is_some_and(|found| found >= SCHEMATHESIS)
    };
    if is_here() {
        return Ok(st);
    }
    println!("schemathesis {SCHEMATHESIS} or newer is not here: installing it into .tools/venv.");
    require_python()?;
    // `--clear`: an environment that was left half made, or whose Python is gone, is made anew.
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv)).context(
        "Python's venv module does not work; Debian and Ubuntu have it in the package python3-venv",
    )?;
    run(Command::new(venv.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .arg(format!("schemathesis=={SCHEMATHESIS}")))?;
    if !is_here() {
        bail!("schemathesis was installed, but {} does not run", st.display());
    }
    Ok(st)
}

fn require_python() -> Result<()> {
    let is_new_enough = "import sys; sys.exit(sys.version_info < (3, 11))";
    if answer(Command::new("python3").args(["-c", is_new_enough])).is_none() {
        bail!("schemathesis needs Python 3.11 or newer, and `python3` is older or not here: install it");
    }
    Ok(())
}
