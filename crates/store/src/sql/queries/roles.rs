//! Roles.

use keywright_domain::{OrganizationId, RoleId};

use super::page;
use crate::error::StoreError;
use crate::query::{Page, PageRequest};
use crate::record::Role;
use crate::sql::Connection;
use crate::sql::param::params;
use crate::sql::rows::roles;
use crate::sql::statement::Statement;

/// By name. A role that was deleted since it ended a page is no place to go on from: the list begins anew, so that
/// nothing is passed over.
pub(crate) async fn list<C: Connection>(
    connection: &mut C,
    organization: OrganizationId,
    request: &PageRequest,
) -> Result<Page<Role>, StoreError> {
    let after = match request.after {
        Some(after) => by_id(connection, organization, RoleId::from_uuid(after)).await?,
        None => None,
    };
    let mut statement = Statement::new(roles::SELECT);
    statement.with(" WHERE r.organization_id = ", organization);
    if let Some(after) = &after {
        statement.with(" AND r.name > ", &after.name);
    }
    page::take(statement.push(" ORDER BY r.name"), request);
    let items = connection.rows(statement.text(), statement.params(), |row| roles::read(row)).await?;
    Ok(page::of_items(items, request, |role| role.id.uuid()))
}

pub(crate) async fn by_id<C: Connection>(
    connection: &mut C,
    organization: OrganizationId,
    id: RoleId,
) -> Result<Option<Role>, StoreError> {
    let sql = format!("{} WHERE r.id = $1 AND r.organization_id = $2", roles::SELECT);
    Ok(connection.first(&sql, &params![id, organization], |row| roles::read(row)).await?)
}
