//! Calling other programs so that a failure says what was called.

use std::env;
use std::ffi::OsStr;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::workspace;

/// What `cargo run` and `cargo test` set for a package's program. Passed on to another cargo they reach build scripts,
/// some of which start over when these change: a build from here and one from a shell would undo each other.
const OF_OUR_OWN_PACKAGE: [&str; 2] = ["CARGO_PKG_", "CARGO_MANIFEST_"];

/// `cargo`, at the root of the workspace.
pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(workspace::root());
    without_variables(&mut command, &OF_OUR_OWN_PACKAGE);
    command
}

/// Takes the environment variables that begin with one of `prefixes` away from `command`.
pub(crate) fn without_variables(command: &mut Command, prefixes: &[&str]) {
    for (name, _) in env::vars_os() {
        if prefixes.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes())) {
            command.env_remove(name);
        }
    }
}

/// Shows the command, runs it with its output on ours, and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    println!("$ {shown}");
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(())
}

/// What the command prints on its standard output, or `None` when it cannot be started or fails.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The command as a person would type it, but for quotes. Its environment is left out, since secrets are handed over there.
fn shown(command: &Command) -> String {
    let program = command.get_program();
    let program = std::path::Path::new(program)
        .strip_prefix(workspace::root())
        .map_or(program, |below_root| below_root.as_os_str());
    let words: Vec<_> =
        std::iter::once(program).chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{cargo, run, without_variables};

    #[test]
    fn a_failure_names_the_command() {
        let error = run(&mut cargo(["no-such-subcommand", "--flag"])).unwrap_err().to_string();
        assert!(error.starts_with("`cargo no-such-subcommand --flag` ended with exit status"), "{error}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut std::process::Command::new("no-such-program-here")).unwrap_err().to_string();
        assert_eq!(error, "cannot start `no-such-program-here`");
    }

    #[test]
    fn cargo_is_not_told_of_our_own_package() {
        // The test runner sets this one for every test of a package.
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        let command = cargo(["--version"]);
        assert!(command.get_envs().any(|(name, value)| name == "CARGO_MANIFEST_DIR" && value.is_none()));
    }

    #[test]
    fn variables_of_other_prefixes_stay() {
        let mut command = std::process::Command::new("cargo");
        without_variables(&mut command, &["NO_VARIABLE_BEGINS_LIKE_THIS_"]);
        assert_eq!(command.get_envs().count(), 0);
    }
}
