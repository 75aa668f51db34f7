//! Signed-in sessions.

use keywright_domain::{Digest, SessionId, UserId};

use crate::error::StoreError;
use crate::record::Session;
use crate::sql::param::params;
use crate::sql::{Cells, Connection, Param, Row, SqlError};

const SELECT: &str =
    "SELECT id, digest, user_id, created_at, expires_at, last_seen_at, address, agent FROM sessions";

fn read<R: Row + ?Sized>(row: &R) -> Result<Session, StoreError> {
    let mut cells = Cells::new(row);
    Ok(Session {
        id: cells.id()?,
        digest: cells.digest()?,
        user: cells.id()?,
        created_at: cells.time()?,
        expires_at: cells.time()?,
        last_seen_at: cells.optional_time()?,
        address: cells.optional_address()?,
        agent: cells.optional_text()?,
    })
}

pub(crate) async fn find<C: Connection>(
    connection: &mut C,
    digest: &Digest,
) -> Result<Option<Session>, SqlError> {
    let sql = format!("{SELECT} WHERE digest = $1");
    connection.first(&sql, &params![digest], |row| read(row)).await
}

/// A person's, those that began last first, and not more than so many.
pub(crate) async fn of_user<C: Connection>(
    connection: &mut C,
    user: UserId,
    limit: u32,
) -> Result<Vec<Session>, SqlError> {
    let sql = format!("{SELECT} WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2");
    connection.rows(&sql, &params![user, i64::from(limit)], |row| read(row)).await
}

pub(crate) async fn by_id<C: Connection>(
    connection: &mut C,
    id: SessionId,
) -> Result<Option<Session>, SqlError> {
    let sql = format!("{SELECT} WHERE id = $1");
    connection.first(&sql, &params![id], |row| read(row)).await
}

pub(crate) async fn insert<C: Connection>(connection: &mut C, row: &Session) -> Result<u64, SqlError> {
    let sql = "INSERT INTO sessions (id, digest, user_id, created_at, expires_at, last_seen_at, address, agent) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let params = params![
        row.id,
        &row.digest,
        row.user,
        row.created_at,
        row.expires_at,
        row.last_seen_at,
        Param::Text(row.address.map(|address| address.to_string().into())),
        &row.agent,
    ];
    connection.run(sql, &params).await
}
