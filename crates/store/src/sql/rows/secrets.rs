//! Keys' secrets: what is stored of them.

use keywright_domain::KeyId;

use crate::error::StoreError;
use crate::loaded::LoadedSecret;
use crate::record::KeySecret;
use crate::sql::param::params;
use crate::sql::{Cells, Connection, Row, SqlError};

/// The columns that [`read`] takes, of `key_secrets`.
pub(crate) const COLUMNS: &str = "digest, key_prefix, shown_prefix, created_at, superseded_at";

/// The columns that [`read_loaded`] takes, of `key_secrets`.
pub(crate) const LOADED_COLUMNS: &str = "digest, key_prefix, superseded_at";

pub(crate) fn read_loaded<'r, R: Row + ?Sized>(
    cells: &mut Cells<'r, R>,
) -> Result<LoadedSecret<'r>, StoreError> {
    Ok(LoadedSecret {
        digest: cells.digest()?,
        key_prefix: cells.optional_str()?,
        superseded_at: cells.optional_time()?,
    })
}

pub(crate) fn read<R: Row + ?Sized>(row: &R) -> Result<KeySecret, StoreError> {
    read_cells(&mut Cells::new(row))
}

pub(crate) fn read_cells<R: Row + ?Sized>(cells: &mut Cells<'_, R>) -> Result<KeySecret, StoreError> {
    Ok(KeySecret {
        digest: cells.digest()?,
        key_prefix: cells.optional_parsed()?,
        shown_prefix: cells.optional_text()?,
        created_at: cells.time()?,
        superseded_at: cells.optional_time()?,
    })
}

pub(crate) async fn insert<C: Connection>(
    connection: &mut C,
    key: KeyId,
    position: i64,
    row: &KeySecret,
) -> Result<u64, SqlError> {
    let sql = "INSERT INTO key_secrets (key_id, position, digest, key_prefix, shown_prefix, created_at, \
        superseded_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let params = params![
        key,
        position,
        &row.digest,
        row.key_prefix.as_ref().map(keywright_domain::KeyPrefix::as_str),
        &row.shown_prefix,
        row.created_at,
        row.superseded_at,
    ];
    connection.run(sql, &params).await
}

/// A key's secrets, newest first.
pub(crate) async fn of_key<C: Connection>(
    connection: &mut C,
    key: KeyId,
) -> Result<Vec<KeySecret>, SqlError> {
    let sql = format!("SELECT {COLUMNS} FROM key_secrets WHERE key_id = $1 ORDER BY position DESC");
    connection.rows(&sql, &params![key], |row| read(row)).await
}
