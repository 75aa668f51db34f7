//! What there is one of: the revision, and the pepper's check value.

use super::connection::Connection;
use super::param::{Param, params};
use super::{Cells, SqlError};
use crate::error::StoreError;
use crate::feed::Revision;

/// The revision that was committed last.
pub(crate) async fn current_revision<C: Connection>(connection: &mut C) -> Result<Revision, StoreError> {
    let sql = "SELECT value FROM revision WHERE only_row = 1";
    let revision = connection.first(sql, &[], |row| Cells::new(row).revision()).await?;
    revision.ok_or_else(gone)
}

/// Takes the next revision. It locks its row, so that who takes one waits for who took the last.
pub(crate) async fn take_revision<C: Connection>(connection: &mut C) -> Result<Revision, StoreError> {
    let sql = "UPDATE revision SET value = value + 1 WHERE only_row = 1 RETURNING value";
    let revision = connection.first(sql, &[], |row| Cells::new(row).revision()).await?;
    revision.ok_or_else(gone)
}

fn gone() -> StoreError {
    StoreError::Corrupt { reason: "the revision is gone".to_owned() }
}

/// Whether there is no organization.
pub(crate) async fn is_empty<C: Connection>(connection: &mut C) -> Result<bool, StoreError> {
    Ok(!connection.exists("SELECT 1 FROM organizations LIMIT 1", &[]).await?)
}

/// The pepper's check value; `candidate` becomes it if there is none, and no digest that would depend on another.
pub(crate) async fn pepper_check<C: Connection>(
    connection: &mut C,
    candidate: Option<[u8; 32]>,
) -> Result<Option<[u8; 32]>, StoreError> {
    let stored = stored_pepper_check(connection).await?;
    let Some(candidate) = candidate.filter(|_| stored.is_none()) else { return Ok(stored) };
    if holds_a_digest(connection).await? {
        return Ok(None);
    }
    let sql = "INSERT INTO meta (name, bytes) VALUES ('pepper_check', $1)";
    connection.run(sql, &[Param::Bytes(Some(&candidate))]).await?;
    Ok(Some(candidate))
}

pub(crate) async fn stored_pepper_check<C: Connection>(
    connection: &mut C,
) -> Result<Option<[u8; 32]>, SqlError> {
    let sql = "SELECT bytes FROM meta WHERE name = 'pepper_check'";
    Ok(connection.first(sql, &params![], |row| Cells::new(row).optional_bytes()).await?.flatten())
}

async fn holds_a_digest<C: Connection>(connection: &mut C) -> Result<bool, SqlError> {
    let sql = "SELECT 1 WHERE EXISTS (SELECT 1 FROM key_secrets) OR EXISTS (SELECT 1 FROM sessions) \
        OR EXISTS (SELECT 1 FROM link_tokens) OR EXISTS (SELECT 1 FROM idempotency) \
        OR EXISTS (SELECT 1 FROM signing_keys)";
    connection.exists(sql, &[]).await
}
