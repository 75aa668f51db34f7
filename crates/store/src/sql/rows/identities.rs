//! What providers of identities call people.

use keywright_domain::UserId;

use crate::error::StoreError;
use crate::record::LinkedIdentity;
use crate::sql::param::params;
use crate::sql::{Cells, Connection, Row, SqlError};

const SELECT: &str = "SELECT id, user_id, issuer, subject, created_at FROM identities";

fn read<R: Row + ?Sized>(row: &R) -> Result<LinkedIdentity, StoreError> {
    let mut cells = Cells::new(row);
    Ok(LinkedIdentity {
        id: cells.id()?,
        user: cells.id()?,
        issuer: cells.text()?,
        subject: cells.text()?,
        created_at: cells.time()?,
    })
}

pub(crate) async fn find<C: Connection>(
    connection: &mut C,
    issuer: &str,
    subject: &str,
) -> Result<Option<LinkedIdentity>, SqlError> {
    let sql = format!("{SELECT} WHERE issuer = $1 AND subject = $2");
    connection.first(&sql, &params![issuer, subject], |row| read(row)).await
}

/// A person's, by issuer.
pub(crate) async fn of_user<C: Connection>(
    connection: &mut C,
    user: UserId,
) -> Result<Vec<LinkedIdentity>, SqlError> {
    let sql = format!("{SELECT} WHERE user_id = $1 ORDER BY issuer");
    connection.rows(&sql, &params![user], |row| read(row)).await
}

pub(crate) async fn insert<C: Connection>(connection: &mut C, row: &LinkedIdentity) -> Result<u64, SqlError> {
    let sql = "INSERT INTO identities (id, user_id, issuer, subject, created_at) VALUES ($1, $2, $3, $4, $5)";
    let params = params![row.id, row.user, &row.issuer, &row.subject, row.created_at];
    connection.run(sql, &params).await
}
