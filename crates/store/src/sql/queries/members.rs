//! Memberships.

use keywright_domain::{MemberId, MemberRole, OrganizationId, UserId};

use super::page;
use crate::error::StoreError;
use crate::query::{MemberQuery, Page};
use crate::record::Member;
use crate::sql::param::{Param, params};
use crate::sql::rows::members;
use crate::sql::statement::{Statement, containing};
use crate::sql::{Cells, Connection};

/// Oldest first.
pub(crate) async fn list<C: Connection>(
    connection: &mut C,
    query: &MemberQuery,
) -> Result<Page<Member>, StoreError> {
    let mut statement = Statement::new(members::SELECT);
    statement.with(" WHERE m.organization_id = ", query.organization);
    if let Some(role) = query.role {
        statement.with(" AND m.role = ", role.as_str());
    }
    if let Some(text) = &query.text {
        let pattern = containing(&text.to_ascii_lowercase());
        statement.with(" AND (u.email LIKE ", Param::owned(pattern.clone())).push(" ESCAPE '\\'");
        // The name of somebody who has not accepted is nobody's to see here.
        statement.with(" OR (m.accepted_at IS NOT NULL AND LOWER(u.name) LIKE ", Param::owned(pattern));
        statement.push(" ESCAPE '\\'))");
    }
    if let Some(after) = query.page.after {
        statement.with(" AND m.id > ", after);
    }
    page::take(statement.push(" ORDER BY m.id"), &query.page);
    let items = connection.rows(statement.text(), statement.params(), |row| members::read(row)).await?;
    Ok(page::of_items(items, &query.page, |member| member.id.uuid()))
}

/// How many have each role.
pub(crate) async fn count_by_role<C: Connection>(
    connection: &mut C,
    organization: OrganizationId,
) -> Result<Vec<(MemberRole, u64)>, StoreError> {
    let sql = "SELECT m.role, COUNT(*) FROM members m WHERE m.organization_id = $1 GROUP BY m.role";
    let read = |row: &dyn crate::sql::Row| {
        let mut cells = Cells::new(row);
        Ok((cells.word(MemberRole::parse)?, u64::try_from(cells.int()?).unwrap_or(0)))
    };
    Ok(connection.rows(sql, &params![organization], read).await?)
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
