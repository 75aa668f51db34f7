//! Key pairs that sign tokens.

use crate::error::StoreError;
use crate::feed::Revision;
use crate::record::SealedSigningKey;
use crate::sql::param::params;
use crate::sql::{Cells, Connection, Row, SqlError};

fn read<R: Row + ?Sized>(row: &R) -> Result<SealedSigningKey, StoreError> {
    let mut cells = Cells::new(row);
    Ok(SealedSigningKey {
        position: cells.int()?,
        public: cells.bytes()?,
        sealed: cells.blob()?,
        created_at: cells.time()?,
        signs_from: cells.time()?,
        revision: cells.revision()?,
    })
}

/// All of them, oldest first. There are few: each lasts for weeks.
pub(crate) async fn all<C: Connection>(connection: &mut C) -> Result<Vec<SealedSigningKey>, SqlError> {
    let sql = "SELECT position, public_key, sealed, created_at, signs_from, revision FROM signing_keys \
        ORDER BY position";
    connection.rows(sql, &params![], |row| read(row)).await
}

pub(crate) async fn insert<C: Connection>(
    connection: &mut C,
    row: &SealedSigningKey,
    revision: Revision,
) -> Result<u64, SqlError> {
    let sql = "INSERT INTO signing_keys (position, public_key, sealed, created_at, signs_from, revision) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    let params = params![
        row.position,
        row.public.as_slice(),
        row.sealed.as_slice(),
        row.created_at,
        row.signs_from,
        revision,
    ];
    connection.run(sql, &params).await
}
