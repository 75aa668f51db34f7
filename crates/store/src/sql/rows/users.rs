//! People.

use crate::error::StoreError;
use crate::feed::Revision;
use crate::record::User;
use crate::sql::param::params;
use crate::sql::{Cells, Connection, Row, SqlError};

/// Reads with [`read`].
pub(crate) const SELECT: &str = "SELECT u.id, u.email, u.name, u.password_hash, u.must_change_password, \
    u.should_change_password, u.is_onboarded, u.created_at, u.updated_at, u.revision FROM users u";

pub(crate) fn read<R: Row + ?Sized>(row: &R) -> Result<User, StoreError> {
    let mut cells = Cells::new(row);
    Ok(User {
        id: cells.id()?,
        email: cells.optional_text()?,
        name: cells.text()?,
        password_hash: cells.optional_text()?,
        must_change_password: cells.truth()?,
        should_change_password: cells.truth()?,
        is_onboarded: cells.truth()?,
        created_at: cells.time()?,
        updated_at: cells.time()?,
        revision: cells.revision()?,
    })
}

pub(crate) async fn insert<C: Connection>(
    connection: &mut C,
    row: &User,
    revision: Revision,
) -> Result<u64, SqlError> {
    let sql = "INSERT INTO users (id, email, name, password_hash, must_change_password, should_change_password, \
        is_onboarded, created_at, updated_at, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let params = params![
        row.id,
        &row.email,
        &row.name,
        &row.password_hash,
        row.must_change_password,
        row.should_change_password,
        row.is_onboarded,
        row.created_at,
        row.updated_at,
        revision,
    ];
    connection.run(sql, &params).await
}

pub(crate) async fn update<C: Connection>(
    connection: &mut C,
    row: &User,
    revision: Revision,
) -> Result<u64, SqlError> {
    let sql = "UPDATE users SET email = $1, name = $2, password_hash = $3, must_change_password = $4, \
        should_change_password = $5, is_onboarded = $6, updated_at = $7, revision = $8 WHERE id = $9";
    let params = params![
        &row.email,
        &row.name,
        &row.password_hash,
        row.must_change_password,
        row.should_change_password,
        row.is_onboarded,
        row.updated_at,
        revision,
        row.id,
    ];
    connection.run(sql, &params).await
}
