//! Backups: a copy of the database in one file, made while it is in use.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::connection::straight;
use super::error::store_error;
use super::{files, migrations, open};
use crate::error::StoreError;
use crate::feed::Revision;
use crate::sql;

/// A backup that was not made or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file is there already, and nothing is overwritten.
    #[error("{} is there already, and nothing is overwritten", .0.display())]
    Exists(PathBuf),
    /// A file cannot be used.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// What was tried, such as `make`.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A database cannot be used.
    #[error("{}: {source}", path.display())]
    Database {
        /// Which.
        path: PathBuf,
        /// Why.
        source: StoreError,
    },
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupFacts {
    /// The version of its schema.
    pub schema_version: i64,
    /// The last revision in it.
    pub revision: Revision,
    /// The check value of the pepper that its keys need to be recognized; `None` if no pepper was ever used.
    pub pepper_check: Option<[u8; 32]>,
    /// Keys, revoked ones included.
    pub keys: u64,
    /// Organizations, closed ones included.
    pub organizations: u64,
}

/// Copies the database in one file, perhaps in use by another process, into a new file that is readable by its owner
/// alone. It holds everything that was committed when this began, and is durable when this returns. Blocks.
pub fn back_up(database: &Path, to: &Path) -> Result<(), BackupError> {
    copy(database, to)?;
    tracing::info!(to = %to.display(), "made a backup");
    Ok(())
}

/// Copies a database into a new file; a file that could not be finished is removed.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    let source = source(from).map_err(|source| BackupError::Database { path: from.to_owned(), source })?;
    match files::create_private(to) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(BackupError::Exists(to.to_owned()));
        }
        Err(source) => return Err(BackupError::File { doing: "make", path: to.to_owned(), source }),
    }
    let copied = copy_pages(&source, to)
        .map_err(|source| BackupError::Database { path: to.to_owned(), source })
        .and_then(|()| {
            files::sync(to).map_err(|source| BackupError::File { doing: "sync", path: to.to_owned(), source })
        });
    if copied.is_err() {
        remove_database(to);
    }
    copied
}

/// Opens a database to copy it. It must be there, and be ours.
fn source(path: &Path) -> Result<Connection, StoreError> {
    // Not read-only: the last connection to a database, which this may be, tidies its write-ahead log away. SQLite
    // falls back to reading alone where the file cannot be written.
    let connection = open::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    migrations::version(&connection)?;
    Ok(connection)
}

/// Copies all pages in one step: it reads one snapshot, which writers neither wait for nor disturb.
fn copy_pages(source: &Connection, to: &Path) -> Result<(), StoreError> {
    let mut copy = open::connect(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Until it is synced as a whole, nobody counts on the file.
    copy.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;").map_err(store_error)?;
    let step = Backup::new(source, &mut copy).and_then(|backup| backup.step(-1)).map_err(store_error)?;
    if step != StepResult::Done {
        return Err(StoreError::Unavailable { reason: "the database is locked".to_owned() });
    }
    as_one_file(copy)
}

/// Makes a database one file that needs no write-ahead log beside it, so that it can be read where nothing can be
/// written, and closes it.
pub(super) fn as_one_file(connection: Connection) -> Result<(), StoreError> {
    let mode: String =
        connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0)).map_err(store_error)?;
    if !mode.eq_ignore_ascii_case("delete") {
        return Err(StoreError::Unavailable { reason: format!("the journal stays in mode {mode}") });
    }
    connection.close().map_err(|(_, error)| store_error(error))
}

/// Removes a database that was not finished; what cannot be removed is told.
pub(super) fn remove_database(path: &Path) {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let path = files::with_suffix(path, suffix);
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(path = %path.display(), %error, "an unfinished file is left"),
        }
    }
}

/// Reads a backup through: whether SQLite finds it sound, whether its schema is known, and what it holds. Blocks.
pub fn check_backup(path: &Path) -> Result<BackupFacts, StoreError> {
    let mut connection = open::reader(path)?;
    let schema_version = migrations::version(&connection)?;
    let found: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(store_error)?;
    if found != "ok" {
        return Err(StoreError::Corrupt { reason: found });
    }
    let count = |table: &str| -> Result<u64, StoreError> {
        let count =
            connection.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get::<_, i64>(0));
        Ok(u64::try_from(count.map_err(store_error)?).unwrap_or(0))
    };
    let (keys, organizations) = (count("keys")?, count("organizations")?);
    Ok(BackupFacts {
        schema_version,
        revision: straight(sql::current_revision(&mut connection))?,
        pepper_check: straight(sql::stored_pepper_check(&mut connection))?,
        keys,
        organizations,
    })
}
