//! The schema's versions: each file here is one step, applied once, in order.

use rusqlite::Connection;

use super::error::store_error;
use crate::error::StoreError;

/// Written into the file's header, so that the database of another program is not taken for ours: "KWRT".
pub(super) const APPLICATION_ID: i64 = 0x4B57_5254;

/// The steps. A step that was released is never changed.
const STEPS: &[&str] = &[
    include_str!("0001_initial.sql"),
    include_str!("0002_people.sql"),
    include_str!("0003_owner_limits.sql"),
    include_str!("0004_tokens.sql"),
    include_str!("0005_usage.sql"),
    include_str!("0006_credits.sql"),
    include_str!("0007_ending_keys.sql"),
    include_str!("0008_request_outcome.sql"),
    include_str!("0009_sessions_seen.sql"),
    include_str!("0010_usage_totals.sql"),
    include_str!("0011_portal.sql"),
    include_str!("0012_key_order.sql"),
    include_str!("0013_identities.sql"),
    include_str!("0014_key_standing.sql"),
    include_str!("0015_portal_customers.sql"),
    include_str!("0016_one_expiry_index.sql"),
    include_str!("0017_audit_by_action.sql"),
];

/// The latest version.
pub(super) fn known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// What schema a database has.
#[derive(Debug, PartialEq, Eq)]
enum Schema {
    /// None yet.
    Empty,
    /// This version of ours.
    Version(i64),
}

/// Brings a database to the latest version.
pub(super) fn migrate(connection: &Connection) -> Result<(), StoreError> {
    if schema(connection)? == Schema::Version(known()) {
        return Ok(());
    }
    connection.execute_batch("BEGIN IMMEDIATE").map_err(store_error)?;
    let steps = take_steps(connection, known());
    let end = if steps.is_ok() { "COMMIT" } else { "ROLLBACK" };
    connection.execute_batch(end).map_err(store_error)?;
    steps
}

/// Brings a database to a version that is not the latest.
#[cfg(test)]
pub(super) fn bring_to(connection: &Connection, version: i64) -> Result<(), StoreError> {
    take_steps(connection, version)
}

/// Takes the steps up to a version. Within a transaction, so that two programs that start at once do not both take one.
fn take_steps(connection: &Connection, to: i64) -> Result<(), StoreError> {
    let from = match schema(connection)? {
        Schema::Empty => {
            connection.pragma_update(None, "application_id", APPLICATION_ID).map_err(store_error)?;
            0
        }
        Schema::Version(version) => version,
    };
    for (version, step) in (1_i64..).zip(STEPS) {
        if (from + 1..=to).contains(&version) {
            connection.execute_batch(step).map_err(store_error)?;
            connection.pragma_update(None, "user_version", version).map_err(store_error)?;
            tracing::info!(version, "brought the database to this schema version");
        }
    }
    Ok(())
}

/// The version of a database that must be ours, and no newer than what is known.
pub(super) fn version(connection: &Connection) -> Result<i64, StoreError> {
    match schema(connection)? {
        Schema::Version(version) => Ok(version),
        Schema::Empty => Err(StoreError::Corrupt { reason: "it is empty".to_owned() }),
    }
}

fn schema(connection: &Connection) -> Result<Schema, StoreError> {
    let number = |pragma: &str| -> Result<i64, StoreError> {
        connection.query_row(pragma, [], |row| row.get(0)).map_err(store_error)
    };
    let (id, found) = (number("PRAGMA application_id")?, number("PRAGMA user_version")?);
    let tables = number("SELECT COUNT(*) FROM sqlite_schema")?;
    if id == 0 && found == 0 && tables == 0 {
        return Ok(Schema::Empty);
    }
    if id != APPLICATION_ID || found < 1 {
        return Err(StoreError::Corrupt { reason: "it is no database of keywright's".to_owned() });
    }
    let known = known();
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    Ok(Schema::Version(found))
}
