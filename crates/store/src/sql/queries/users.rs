//! People.

use keywright_domain::UserId;

use crate::error::StoreError;
use crate::record::User;
use crate::sql::Connection;
use crate::sql::param::params;
use crate::sql::rows::users;

pub(crate) async fn by_id<C: Connection>(connection: &mut C, id: UserId) -> Result<Option<User>, StoreError> {
    let sql = format!("{} WHERE u.id = $1", users::SELECT);
    Ok(connection.first(&sql, &params![id], |row| users::read(row)).await?)
}

pub(crate) async fn by_email<C: Connection>(
    connection: &mut C,
    email: &str,
) -> Result<Option<User>, StoreError> {
    let sql = format!("{} WHERE u.email = $1", users::SELECT);
    Ok(connection.first(&sql, &params![email], |row| users::read(row)).await?)
}

/// The built-in user: the only kind that has no address.
pub(crate) async fn root<C: Connection>(connection: &mut C) -> Result<Option<User>, StoreError> {
    let sql = format!("{} WHERE u.email IS NULL ORDER BY u.id LIMIT 1", users::SELECT);
    Ok(connection.first(&sql, &[], |row| users::read(row)).await?)
}
