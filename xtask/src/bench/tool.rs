//! Calling the bench's own program, and what it tells.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::workspace;

/// After it a measurement hangs. Making ten million keys takes some minutes.
const PATIENCE_SECONDS: &str = "900";

/// What a measurement found, by name.
pub(super) struct Facts(BTreeMap<String, String>);

impl Facts {
    /// Reads lines of a name, a tab and a value.
    pub(super) fn read(text: &str) -> Self {
        let pairs = text.lines().filter_map(|line| line.split_once('\t'));
        Self(pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect())
    }

    pub(super) fn number(&self, name: &str) -> Result<f64> {
        let value = self.0.get(name).with_context(|| format!("`{name}` was not told"))?;
        value.parse().with_context(|| format!("`{name}` is no number: {value}"))
    }
}

pub(super) fn program() -> PathBuf {
    workspace::target_dir().join("release/bench")
}

/// Makes one measurement and shows what it found.
pub(super) fn run(what: &str, directory: &Path, more: &[&str]) -> Result<Facts> {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", PATIENCE_SECONDS]).arg(program());
    command.arg(what).arg(directory).args(more).stdin(Stdio::null()).stderr(Stdio::inherit());
    // SQLite sorts on disk what it makes indexes of: that too belongs where there is room.
    command.env("SQLITE_TMPDIR", directory.parent().unwrap_or(directory));
    let output = command.output().with_context(|| format!("cannot start `bench {what}`"))?;
    let told = String::from_utf8_lossy(&output.stdout);
    print!("{told}");
    if !output.status.success() {
        bail!("`bench {what}` ended with {}", output.status);
    }
    Ok(Facts::read(&told))
}

#[cfg(test)]
mod tests {
    use super::Facts;

    #[test]
    fn reads_numbers_by_name() {
        let facts = Facts::read("requests\t12\nanything else\np99\t3.5\n");
        assert!((facts.number("p99").unwrap() - 3.5).abs() < f64::EPSILON);
        assert!(facts.number("p50").unwrap_err().to_string().contains("p50"));
    }
}
