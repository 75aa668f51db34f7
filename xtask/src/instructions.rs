//! How many instructions a verification in process takes, against a bound that stands in the checkout: unlike its time, that
//! is the same on a busy machine.
//!
//! Counted is a run with many verifications and one with none; the difference is theirs. What digesting takes is taken
//! off: the tool that counts knows no SHA instructions, so that there it costs five times what it does.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::invocation::{cargo, run as call};
use crate::tools::DebianTool;
use crate::workspace;

const VALGRIND: DebianTool = DebianTool { probe: &["valgrind", "--version"], package: "valgrind" };

/// Verifications in the run that has some.
const VERIFICATIONS: u64 = 10_000;
/// How much more than the bound passes: compilers and C libraries differ.
const ROOM_PERCENT: u64 = 10;

/// Counts, and fails when a verification takes more than the bound and its room.
pub(crate) fn run() -> Result<()> {
    VALGRIND.ensure()?;
    call(&mut build())?;
    let (nothing, digests, verifications) = std::thread::scope(|scope| {
        let digests = scope.spawn(|| count("digest", VERIFICATIONS));
        let verifications = scope.spawn(|| count("verify", VERIFICATIONS));
        let nothing = count("verify", 0);
        (nothing, digests.join(), verifications.join())
    });
    let joined = |result: std::thread::Result<Result<u64>>| result.expect("counting does not panic");
    let (nothing, digests, verifications) = (nothing?, joined(digests)?, joined(verifications)?);
    let each = |run: u64| run.saturating_sub(nothing) / VERIFICATIONS;
    let measured = each(verifications).saturating_sub(each(digests));
    let bound = bound()?;
    println!(
        "a verification takes {measured} instructions beyond its digests ({}); the bound is {bound} and {ROOM_PERCENT} %",
        each(digests),
    );
    judge(measured, bound)
}

fn build() -> Command {
    let mut build = cargo([
        "build",
        "--locked",
        "--package",
        "keywright-bench",
        "--config",
        "bench/counted/profile.toml",
    ]);
    // Incremental compilation divides crates by what was changed last, and with it what is inlined.
    build.env("CARGO_INCREMENTAL", "0");
    build
}

/// The instructions of a whole run.
fn count(what: &str, times: u64) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(workspace::target_dir().join("debug/bench"))
        .args(["instructions", what, &times.to_string()])
        .stdin(Stdio::null())
        .output()
        .context("cannot start valgrind")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("`valgrind .. bench instructions {what} {times}` ended with {}:\n{said}", output.status);
    }
    collected(&said).with_context(|| format!("valgrind tells no count:\n{said}"))
}

/// `==123== Collected : 456` -> 456
fn collected(said: &str) -> Option<u64> {
    said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok())
}

fn bound_path() -> PathBuf {
    workspace::root().join("bench/counted/bound")
}

fn bound() -> Result<u64> {
    let path = bound_path();
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    text.trim().parse().with_context(|| format!("{} does not hold one number", path.display()))
}

fn judge(measured: u64, bound: u64) -> Result<()> {
    if measured * 100 > bound * (100 + ROOM_PERCENT) {
        bail!(
            "a verification takes {measured} instructions beyond its digests, where at most {bound} and \
             {ROOM_PERCENT} % are allowed: make it shorter again; or, if what it does now is worth that, write \
             {measured} into bench/counted/bound and say why in the commit"
        );
    }
    if measured * (100 + ROOM_PERCENT) < bound * 100 {
        println!(
            "That is less than the bound by more than its room: write {measured} into bench/counted/bound."
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_was_collected() {
        assert_eq!(collected("==1== Events    : Ir\n==1== Collected : 86659054\n==1== \n"), Some(86_659_054));
        assert_eq!(collected("==1== no tool"), None);
    }

    #[test]
    fn more_than_the_room_fails_and_says_what_to_do() {
        assert!(judge(1_100, 1_000).is_ok());
        assert!(judge(100, 1_000).is_ok());
        let error = judge(1_101, 1_000).unwrap_err().to_string();
        assert!(error.contains("write 1101 into bench/counted/bound"), "{error}");
    }

    #[test]
    fn the_bound_is_a_number() {
        assert!(bound().unwrap() > 0);
    }
}
