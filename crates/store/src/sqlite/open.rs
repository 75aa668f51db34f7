//! Opening connections, with the settings that each kind needs.

use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::error::store_error;
use super::files;
use crate::error::StoreError;

/// How long to wait for a lock. Within the server only its one writer locks; outside of it a backup or the command
/// line may, shortly.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// There are about 120 different statements.
const STATEMENTS_KEPT: usize = 192;

/// The writer's connection. Makes the database file, readable by its owner alone, if there is none.
pub(super) fn writer(path: &Path) -> Result<Connection, StoreError> {
    match files::create_private(path) {
        // SQLite gives the files that it makes beside a database the same permissions.
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => {
            let reason = format!("cannot make the database file {}: {error}", path.display());
            return Err(StoreError::Unavailable { reason });
        }
    }
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // A commit is durable before it is answered: in WAL mode only FULL syncs at every commit.
    // The cache holds the pages that inserts in random places touch (indexes over digests): 32 MiB.
    connection
        .execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4000; \
            PRAGMA journal_size_limit = 67108864;",
        )
        .map_err(store_error)?;
    let mode: String =
        connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(store_error)?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(StoreError::Unavailable {
            reason: format!(
                "{} is on a file system on which SQLite cannot keep a write-ahead log",
                path.display()
            ),
        });
    }
    Ok(connection)
}

/// A reader's connection.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.execute_batch("PRAGMA cache_size = -8192;").map_err(store_error)?;
    Ok(connection)
}

/// Memory-mapping stays off in all of them: a read error in mapped memory kills the process, where a read that fails
/// is an error that can be answered.
pub(super) fn connect(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(store_error)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(store_error)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // Without this guarantee of a stable plan SQLite looks whether a bound value lets it use a partial index, and for that
    // compiles a statement anew at every execution: more work than the statement itself.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(store_error)?;
    connection
        .execute_batch(
            "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; \
            PRAGMA cell_size_check = ON;",
        )
        .map_err(store_error)?;
    Ok(connection)
}
