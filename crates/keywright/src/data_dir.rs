//! The data directory: what is where in it, and that one process at a time works on it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// Where things are in a data directory.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    path: PathBuf,
}

impl Layout {
    pub(crate) fn new(path: &Path) -> Self {
        // Absolute, so that messages and the banner name it for a reader in any folder.
        Self { path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The SQLite database.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("keywright.db")
    }

    /// The pepper, unless it is kept elsewhere.
    pub(crate) fn pepper(&self) -> PathBuf {
        self.path.join("pepper")
    }

    /// A new root key, where nobody was there to read it and no other file is named.
    pub(crate) fn root_key(&self) -> PathBuf {
        self.path.join("root-key")
    }

    /// The link of the first start, where nobody was there to read it.
    pub(crate) fn setup_link(&self) -> PathBuf {
        self.path.join("setup-link")
    }

    /// The link for a new password, where nobody was there to read it.
    pub(crate) fn password_link(&self) -> PathBuf {
        self.path.join("password-link")
    }

    /// Where the running server listens.
    pub(crate) fn address(&self) -> PathBuf {
        self.path.join("address")
    }

    fn lock(&self) -> PathBuf {
        self.path.join("lock")
    }
}

/// A data directory that no other process works on while this lives.
#[derive(Debug)]
pub(crate) struct LockedDataDir {
    layout: Layout,
    /// The lock ends when this is closed, at the latest with the process.
    _lock: File,
}

impl LockedDataDir {
    /// Locks a data directory, making it if there is none.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let layout = Layout::new(path);
        DirBuilder::new().recursive(true).mode(0o700).create(layout.path()).with_context(|| {
            format!(
                "the data directory {} cannot be made; choose another with --data-dir",
                layout.path().display()
            )
        })?;
        Self::lock(layout)
    }

    /// Locks a data directory that must be there, with a database in it.
    pub(crate) fn existing(path: &Path) -> Result<Self> {
        let layout = Layout::new(path);
        require_database(&layout)?;
        Self::lock(layout)
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Whether other users of the machine may look into the directory.
    pub(crate) fn is_open_to_others(&self) -> bool {
        fs::metadata(self.layout.path()).is_ok_and(|facts| facts.permissions().mode() & 0o077 != 0)
    }

    fn lock(layout: Layout) -> Result<Self> {
        let path = layout.lock();
        let cannot = || {
            format!("the lock file {} cannot be used; is the data directory yours to write?", path.display())
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .with_context(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(in_use(&layout, &mut file)),
            Err(TryLockError::Error(error)) => return Err(error).with_context(cannot),
        }
        write_pid(&mut file).with_context(cannot)?;
        Ok(Self { layout, _lock: file })
    }
}

/// Fails unless the directory holds a database.
pub(crate) fn require_database(layout: &Layout) -> Result<()> {
    if !layout.database().exists() {
        bail!(
            "there is no database in {}; name the server's data directory with --data-dir",
            layout.path().display()
        );
    }
    Ok(())
}

fn in_use(layout: &Layout, lock: &mut File) -> String {
    let mut holder = String::new();
    // Only for the message: the lock is what counts, whatever stands in the file.
    let _ = lock.read_to_string(&mut holder);
    let holder = match holder.trim() {
        "" => String::new(),
        pid => format!(" (process {pid})"),
    };
    format!(
        "the data directory {} is in use by another keywright{holder}; stop that one first, or choose another \
         directory with --data-dir",
        layout.path().display()
    )
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_its_owners_alone_and_locked_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        let locked = LockedDataDir::create(&path).unwrap();
        assert!(!locked.is_open_to_others());

        let refused = LockedDataDir::create(&path).unwrap_err().to_string();
        assert!(refused.contains(&format!("{} is in use", path.display())), "{refused}");
        assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");

        drop(locked);
        LockedDataDir::create(&path).unwrap();
    }

    #[test]
    fn a_directory_without_a_database_is_told_from_one_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let refused = LockedDataDir::existing(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("--data-dir"), "{refused}");
        assert!(!folder.path().join("lock").exists());
    }
}
