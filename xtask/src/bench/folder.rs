//! Where databases of gigabytes are made.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use anyhow::{Context as _, Result, ensure};

use crate::invocation::answer;
use crate::workspace;

/// What a key takes while its database is made: its rows and indexes, room to sort these, and its secret in a list.
const BYTES_A_KEY: u64 = 1_300;
/// What everything else takes: the databases of others, and creates.
const BYTES_BESIDE: u64 = 2_000_000_000;

/// A folder that is deleted whatever happens: nothing in it is worth anything.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// A new folder in the one that is given, which must have room for this many keys.
    pub(super) fn make(within: Option<&Path>, keys: usize) -> Result<Self> {
        let within = within.map_or_else(workspace::target_dir, Path::to_owned);
        fs::create_dir_all(&within).with_context(|| format!("cannot make {}", within.display()))?;
        let within = within.canonicalize()?;
        let needed = keys as u64 * BYTES_A_KEY + BYTES_BESIDE;
        if let Some(room) = room(&within) {
            ensure!(
                room >= needed,
                "{} GB are needed in {}, and {} are free: choose another place with --folder, or measure with --quick",
                needed / 1_000_000_000,
                within.display(),
                room / 1_000_000_000
            );
        }
        let path = within.join(format!("bench-{}", process::id()));
        fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        // A database that refuses to run as root has its files in here.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }

    /// The data directory with this many keys.
    pub(super) fn data(&self, keys: usize) -> PathBuf {
        self.path(format!("keys-{keys}"))
    }
}

/// Bytes that are free for us, where `df` tells them.
fn room(folder: &Path) -> Option<u64> {
    let told = answer(Command::new("df").args(["--output=avail", "--block-size=1"]).arg(folder))?;
    told.lines().nth(1)?.trim().parse().ok()
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
