//! `cargo xtask bench`: builds the measurements for release and makes them, each in a process of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use anyhow::{Context as _, Result};

use crate::invocation::{self, cargo};
use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Numbers of keys to measure at
    #[arg(default_values_t = [1_000, 1_000_000])]
    sizes: Vec<u64>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    invocation::run(&mut cargo(["build", "--release", "--locked", "--package", "keywright-bench"]))?;
    let folder = Folder::make()?;
    for size in &arguments.sizes {
        let data = folder.0.join(size.to_string());
        bench("fill", &data, &[&size.to_string()])?;
        bench("start", &data, &[])?;
        bench("verify", &data, &[])?;
        fs::remove_dir_all(&data)?;
    }
    bench("creates", &folder.0.join("creates"), &[])
}

fn bench(what: &str, directory: &Path, more: &[&str]) -> Result<()> {
    let mut command = Command::new(workspace::target_dir().join("release/bench"));
    invocation::run(command.arg(what).arg(directory).args(more))
}

/// Where databases of gigabytes are made; deleted whatever happens.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self> {
        let path = workspace::target_dir().join(format!("bench-{}", process::id()));
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing in it is worth anything.
        let _ = fs::remove_dir_all(&self.0);
    }
}
