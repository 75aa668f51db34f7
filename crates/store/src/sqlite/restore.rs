//! Restoring a backup: a sound database in the place of the present one, which is kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use keywright_domain::{AuditEventId, Timestamp};
use rusqlite::Connection;

use super::backup::{self, BackupError};
use super::connection::straight;
use super::error::store_error;
use super::{files, migrations, open};
use crate::error::StoreError;
use crate::feed::Revision;
use crate::record::{ActorKind, AuditEvent};
use crate::sql::rows::audit_events;
use crate::sql::{Connection as _, params, queries};

/// Whether keys work after a restore as they did when the backup was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysAfterRestore {
    /// They do: also those that were revoked since.
    Keep,
    /// They are switched off, all that are not revoked: each is switched on again by somebody who knows it.
    Disable,
}

/// A restore that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Restore<'a> {
    /// The backup.
    pub from: &'a Path,
    /// The database file that it becomes. No process may have it open.
    pub database: &'a Path,
    /// What becomes of the keys.
    pub keys: KeysAfterRestore,
    /// The time.
    pub now: Timestamp,
    /// The id of the audit event that tells of the restore.
    pub audit_event: AuditEventId,
}

/// A restore that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the database that was there before is now, if there was one.
    pub moved_aside: Option<PathBuf>,
    /// Keys that were switched off.
    pub keys_disabled: u64,
    /// The revision that the restored database has.
    pub revision: Revision,
}

/// Puts a backup in the place of a database. Blocks.
///
/// Everybody is signed out and unused links are void, since either may have been taken away since the backup was made.
/// The restored history is another than what followers know: all of them load anew. The present database is moved
/// aside only when the restored one is complete and durable.
pub fn install_backup(restore: &Restore<'_>) -> Result<Restored, BackupError> {
    let Restore { from, database, now, .. } = *restore;
    let of = |path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::Database { path, source }
    };
    backup::check_backup(from).map_err(of(from))?;
    let aside = files::with_suffix(database, &format!(".before-restore-{}", now.as_millis()));
    if aside.exists() {
        return Err(BackupError::Exists(aside));
    }
    let restored = files::with_suffix(database, &format!(".restoring-{}", now.as_millis()));
    backup::copy(from, &restored)?;
    let installed = prepare(&restored, restore)
        .map_err(of(&restored))
        .and_then(|done| Ok((done, install(&restored, database, &aside)?)));
    match installed {
        Ok(((revision, keys_disabled), moved_aside)) => {
            tracing::info!(from = %from.display(), keys_disabled, "restored a backup");
            Ok(Restored { moved_aside, keys_disabled, revision })
        }
        Err(error) => {
            backup::remove_database(&restored);
            Err(error)
        }
    }
}

/// Makes the copy what the database shall be; its revision, and how many keys were switched off.
fn prepare(copy: &Path, restore: &Restore<'_>) -> Result<(Revision, u64), StoreError> {
    let mut connection = open::writer(copy)?;
    migrations::migrate(&connection)?;
    connection.execute_batch("BEGIN IMMEDIATE").map_err(store_error)?;
    let done = straight(change(&mut connection, restore))?;
    connection.execute_batch("COMMIT").map_err(store_error)?;
    backup::as_one_file(connection)?;
    Ok(done)
}

async fn change(connection: &mut Connection, restore: &Restore<'_>) -> Result<(Revision, u64), StoreError> {
    let now = restore.now;
    // A signing key that was withdrawn since the backup must not come back, so none does: the next start makes another.
    for sql in [
        "DELETE FROM sessions",
        "DELETE FROM portal_sessions",
        "DELETE FROM link_tokens WHERE used_at IS NULL",
        "DELETE FROM nodes",
        "DELETE FROM signing_keys",
    ] {
        connection.run(sql, &[]).await?;
    }
    let revision = crate::sql::take_revision(connection).await?;
    let mut disabled = 0;
    if restore.keys == KeysAfterRestore::Disable {
        let sql = "UPDATE keys SET enabled = 0, updated_at = $1, revision = $2 \
            WHERE revoked_at IS NULL AND enabled = 1";
        disabled = connection.run(sql, &params![now, revision]).await?;
    }
    crate::sql::prune(connection, revision, Timestamp::from_millis(0)).await?;
    if let Some(first) = queries::organizations::by_number(connection, 1).await? {
        let keys = match restore.keys {
            KeysAfterRestore::Keep => "kept",
            KeysAfterRestore::Disable => "disabled",
        };
        let details = [("keys", keys.into()), ("keysDisabled", disabled.into())];
        let event = AuditEvent {
            id: restore.audit_event,
            organization: first.id,
            at: now,
            actor_kind: ActorKind::System,
            actor: None,
            key: None,
            action: "store.restore".to_owned(),
            target_kind: "store".to_owned(),
            target: None,
            refused: None,
            address: None,
            agent: None,
            request_id: None,
            details: details.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
        };
        audit_events::insert(connection, &event).await?;
    }
    Ok((revision, disabled))
}

/// Moves the present database's write-ahead log into it, if that can be done, so that nothing is lost if the power fails
/// between the moves that follow. One that is damaged, which may be why it is replaced, is moved as it is.
fn settle(database: &Path) {
    if !database.exists() {
        return;
    }
    let settled = open::writer(database).and_then(|connection| {
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(store_error)
    });
    if let Err(error) = settled {
        tracing::warn!(%error, "the present database's log could not be moved into it: both are moved aside as they are");
    }
}

/// Moves the present database aside, if there is one, and the restored one into its place.
fn install(restored: &Path, database: &Path, aside: &Path) -> Result<Option<PathBuf>, BackupError> {
    let failed = |doing, path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::File { doing, path, source }
    };
    files::sync(restored).map_err(failed("sync", restored))?;
    settle(database);
    // The log goes first: beside the restored database it would be taken for that one's own. SQLite finds it under the
    // new name together with its database.
    let logs = ["-wal", "-shm"]
        .map(|suffix| (files::with_suffix(database, suffix), files::with_suffix(aside, suffix)));
    for (log, aside) in &logs {
        move_if_there(log, aside).map_err(failed("move", log))?;
    }
    replace(restored, database, aside).inspect_err(|_| {
        // The present database stays, and so must what belongs to it.
        for (log, aside) in &logs {
            if let Err(error) = move_if_there(aside, log) {
                tracing::error!(path = %aside.display(), %error, "this belongs beside the database, and cannot be moved back");
            }
        }
    })
    .map_err(failed("replace", database))
    .map(|had_one| had_one.then(|| aside.to_owned()))
}

/// Gives the present database another name and the restored one its name; whether there was one.
fn replace(restored: &Path, database: &Path, aside: &Path) -> io::Result<bool> {
    // A second name first, where the file system has such: then there is a database at every moment.
    let had_one = match fs::hard_link(database, aside) {
        Ok(()) => true,
        Err(_) => move_if_there(database, aside)?,
    };
    fs::rename(restored, database)?;
    files::sync_directory_of(database)?;
    Ok(had_one)
}

fn move_if_there(from: &Path, to: &Path) -> io::Result<bool> {
    match fs::rename(from, to) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
