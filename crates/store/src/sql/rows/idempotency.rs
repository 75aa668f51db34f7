//! Records of idempotent requests.

use keywright_domain::Digest;

use crate::error::StoreError;
use crate::record::IdempotencyRecord;
use crate::sql::param::params;
use crate::sql::{Cells, Connection, Row, SqlError};

fn read<R: Row + ?Sized>(row: &R) -> Result<IdempotencyRecord, StoreError> {
    let mut cells = Cells::new(row);
    Ok(IdempotencyRecord {
        digest: cells.digest()?,
        body: cells.digest()?,
        answer: cells.text()?,
        created_at: cells.time()?,
    })
}

pub(crate) async fn find<C: Connection>(
    connection: &mut C,
    digest: &Digest,
) -> Result<Option<IdempotencyRecord>, SqlError> {
    let sql = "SELECT digest, body, answer, created_at FROM idempotency WHERE digest = $1";
    connection.first(sql, &params![digest], |row| read(row)).await
}

/// Writes a record, in the place of an older one.
pub(crate) async fn put<C: Connection>(
    connection: &mut C,
    row: &IdempotencyRecord,
    answer: &str,
) -> Result<u64, SqlError> {
    let sql = "INSERT INTO idempotency (digest, body, answer, created_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (digest) DO UPDATE SET body = excluded.body, answer = excluded.answer, \
        created_at = excluded.created_at";
    connection.run(sql, &params![&row.digest, &row.body, answer, row.created_at]).await
}
