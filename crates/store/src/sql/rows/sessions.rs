//! Signed-in sessions.

use keywright_domain::Digest;

use crate::error::StoreError;
use crate::record::Session;
use crate::sql::param::params;
use crate::sql::{Cells, Connection, Param, Row, SqlError};

fn read<R: Row + ?Sized>(row: &R) -> Result<Session, StoreError> {
    let mut cells = Cells::new(row);
    Ok(Session {
        id: cells.id()?,
        digest: cells.digest()?,
        user: cells.id()?,
        created_at: cells.time()?,
        expires_at: cells.time()?,
        address: cells.optional_address()?,
        agent: cells.optional_text()?,
    })
}

pub(crate) async fn find<C: Connection>(
    connection: &mut C,
    digest: &Digest,
) -> Result<Option<Session>, SqlError> {
    let sql =
        "SELECT id, digest, user_id, created_at, expires_at, address, agent FROM sessions WHERE digest = $1";
    connection.first(sql, &params![digest], |row| read(row)).await
}

pub(crate) async fn insert<C: Connection>(connection: &mut C, row: &Session) -> Result<u64, SqlError> {
    let sql = "INSERT INTO sessions (id, digest, user_id, created_at, expires_at, address, agent) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let params = params![
        row.id,
        &row.digest,
        row.user,
        row.created_at,
        row.expires_at,
        Param::Text(row.address.map(|address| address.to_string().into())),
        &row.agent,
    ];
    connection.run(sql, &params).await
}
