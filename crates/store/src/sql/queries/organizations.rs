//! Organizations and what they declared.

use keywright_domain::{OrganizationId, UserId};

use crate::error::StoreError;
use crate::record::{DeclaredPermission, Organization};
use crate::sql::Connection;
use crate::sql::param::params;
use crate::sql::rows::{organizations, permissions};

pub(crate) async fn by_id<C: Connection>(
    connection: &mut C,
    id: OrganizationId,
) -> Result<Option<Organization>, StoreError> {
    let sql = format!("{} WHERE o.id = $1", organizations::SELECT);
    Ok(connection.first(&sql, &params![id], |row| organizations::read(row)).await?)
}

pub(crate) async fn by_number<C: Connection>(
    connection: &mut C,
    number: i64,
) -> Result<Option<Organization>, StoreError> {
    let sql = format!("{} WHERE o.number = $1", organizations::SELECT);
    Ok(connection.first(&sql, &params![number], |row| organizations::read(row)).await?)
}

pub(crate) async fn of_user<C: Connection>(
    connection: &mut C,
    user: UserId,
) -> Result<Vec<Organization>, StoreError> {
    let sql = format!(
        "{} JOIN members m ON m.organization_id = o.id WHERE m.user_id = $1 AND m.accepted_at IS NOT NULL \
        ORDER BY o.number",
        organizations::SELECT
    );
    Ok(connection.rows(&sql, &params![user], |row| organizations::read(row)).await?)
}

pub(crate) async fn permissions<C: Connection>(
    connection: &mut C,
    organization: OrganizationId,
) -> Result<Vec<DeclaredPermission>, StoreError> {
    let sql = format!(
        "SELECT {} FROM permissions p WHERE p.organization_id = $1 ORDER BY p.position",
        permissions::COLUMNS
    );
    Ok(connection.rows(&sql, &params![organization], |row| permissions::read(row)).await?)
}
