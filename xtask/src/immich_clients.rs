//! Real clients of the Immich API, unchanged, against the real server: the official SDK and command line from npm, and the
//! Python client from `PyPI`. The scripts that drive them are in `clients/immich`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::invocation::{answer, run as call};
use crate::server_under_test::ServerUnderTest;
use crate::version::Version;
use crate::workspace;

/// The oldest Node that the SDK runs on, and the oldest Python that the client there runs on.
const NODE: Version = Version(20, 0, 0);
const PYTHON: Version = Version(3, 11, 0);

const IMMICHPY: Version = Version(4, 2, 3);

/// What the scripts in JavaScript need beside them.
const FILES: [&str; 7] =
    [".npmrc", "package.json", "package-lock.json", "permissions.txt", "tally.mjs", "sdk.mjs", "cli.mjs"];

/// Tells which packages are installed.
const INSTALLED: &str = "installed-package-lock.json";

/// Runs every client against a server of its own, and fails unless each did all that it should.
pub(crate) fn run() -> Result<()> {
    ensure_packages()?;
    let python = ensure_immichpy()?;
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

/// Makes `.tools/immich`: the packages from npm with the scripts beside them, which is where Node looks for packages.
fn ensure_packages() -> Result<()> {
    let version = |program: &str| answer(Command::new(program).arg("--version"));
    // `v20.20.2`
    let node = version("node").and_then(|text| Version::find_in(text.trim_start_matches('v')));
    if node.is_none_or(|found| found < NODE) || version("npm").is_none() {
        bail!("the clients from npm need Node {NODE} or newer with npm: install them");
    }
    let folder = workspace::root().join(".tools/immich");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for file in FILES {
        let (from, to) = (workspace::root().join("clients/immich").join(file), folder.join(file));
        fs::copy(&from, &to)
            .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    }
    let wanted = fs::read(folder.join("package-lock.json"))?;
    let installed = folder.join(INSTALLED);
    if fs::read(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!("the clients from npm are not here, or others are: installing them into .tools/immich.");
    // No package's own programs are run by installing it.
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder);
    call(&mut npm)?;
    fs::write(&installed, wanted)?;
    Ok(())
}

/// The Python of an environment that has the client.
fn ensure_immichpy() -> Result<PathBuf> {
    let venv = workspace::root().join(".tools/immichpy");
    let python = venv.join("bin/python");
    let is_here = || {
        let ask = "import importlib.metadata; print(importlib.metadata.version('immichpy'))";
        answer(Command::new(&python).args(["-c", ask]).stderr(Stdio::null()))
            .and_then(|text| Version::find_in(&text))
            .is_some_and(|found| found == IMMICHPY)
    };
    if is_here() {
        return Ok(python);
    }
    println!("immichpy {IMMICHPY} is not here: installing it into .tools/immichpy.");
    let found = answer(Command::new("python3").arg("--version")).and_then(|text| Version::find_in(&text));
    if found.is_none_or(|found| found < PYTHON) {
        bail!("immichpy needs Python {PYTHON} or newer, and `python3` is older or not here: install it");
    }
    // `--clear`: an environment that was left half made, or whose Python is gone, is made anew.
    call(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv)).context(
        "Python's venv module does not work; Debian and Ubuntu have it in the package python3-venv",
    )?;
    call(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .arg(format!("immichpy=={IMMICHPY}")),
    )?;
    if !is_here() {
        bail!("immichpy was installed, but {} does not find it", python.display());
    }
    Ok(python)
}
