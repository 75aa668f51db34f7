//! Service accounts that are not deleted.

use keywright_domain::{OrganizationId, ServiceAccountId};

use super::page;
use crate::error::StoreError;
use crate::query::{Page, PageRequest};
use crate::record::ServiceAccount;
use crate::sql::Connection;
use crate::sql::param::params;
use crate::sql::rows::service_accounts;
use crate::sql::statement::Statement;

/// Newest first.
pub(crate) async fn list<C: Connection>(
    connection: &mut C,
    organization: OrganizationId,
    request: &PageRequest,
) -> Result<Page<ServiceAccount>, StoreError> {
    let mut statement = Statement::new(service_accounts::SELECT);
    statement.with(" WHERE a.deleted_at IS NULL AND a.organization_id = ", organization);
    if let Some(after) = request.after {
        statement.with(" AND a.id < ", after);
    }
    page::take(statement.push(" ORDER BY a.id DESC"), request);
    let read = |row: &dyn crate::sql::Row| service_accounts::read(row);
    let items = connection.rows(statement.text(), statement.params(), read).await?;
    Ok(page::of_items(items, request, |account| account.id.uuid()))
}

pub(crate) async fn by_id<C: Connection>(
    connection: &mut C,
    organization: OrganizationId,
    id: ServiceAccountId,
) -> Result<Option<ServiceAccount>, StoreError> {
    let sql = format!(
        "{} WHERE a.id = $1 AND a.organization_id = $2 AND a.deleted_at IS NULL",
        service_accounts::SELECT
    );
    Ok(connection.first(&sql, &params![id, organization], |row| service_accounts::read(row)).await?)
}
