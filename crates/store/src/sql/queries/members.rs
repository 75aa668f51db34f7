//! Memberships.

use keywright_domain::{MemberId, OrganizationId, UserId};

use super::page;
use crate::error::StoreError;
use crate::query::{Page, PageRequest};
use crate::record::Member;
use crate::sql::Connection;
use crate::sql::param::params;
use crate::sql::rows::members;
use crate::sql::statement::Statement;

/// Oldest first.
pub(crate) async fn list<C: Connection>(
    connection: &mut C,
    organization: OrganizationId,
    request: &PageRequest,
) -> Result<Page<Member>, StoreError> {
    let mut statement = Statement::new(members::SELECT);
    statement.with(" WHERE m.organization_id = ", organization);
    if let Some(after) = request.after {
        statement.with(" AND m.id > ", after);
    }
    page::take(statement.push(" ORDER BY m.id"), request);
    let items = connection.rows(statement.text(), statement.params(), |row| members::read(row)).await?;
    Ok(page::of_items(items, request, |member| member.id.uuid()))
}

pub(crate) async fn by_id<C: Connection>(
    connection: &mut C,
    organization: OrganizationId,
    id: MemberId,
) -> Result<Option<Member>, StoreError> {
    let sql = format!("{} WHERE m.id = $1 AND m.organization_id = $2", members::SELECT);
    Ok(connection.first(&sql, &params![id, organization], |row| members::read(row)).await?)
}

pub(crate) async fn of_user<C: Connection>(
    connection: &mut C,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Member>, StoreError> {
    let sql = format!("{} WHERE m.organization_id = $1 AND m.user_id = $2", members::SELECT);
    Ok(connection.first(&sql, &params![organization, user], |row| members::read(row)).await?)
}

/// In all organizations, oldest first.
pub(crate) async fn everywhere<C: Connection>(
    connection: &mut C,
    user: UserId,
) -> Result<Vec<Member>, StoreError> {
    let sql = format!("{} WHERE m.user_id = $1 ORDER BY m.id", members::SELECT);
    Ok(connection.rows(&sql, &params![user], |row| members::read(row)).await?)
}
