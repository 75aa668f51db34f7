//! Service accounts that are not deleted.

use keywright_domain::{OrganizationId, ServiceAccountId};

use super::page;
use crate::error::StoreError;
use crate::query::{Page, ServiceAccountQuery};
use crate::record::ServiceAccount;
use crate::sql::Connection;
use crate::sql::param::{Param, params};
use crate::sql::rows::service_accounts;
use crate::sql::statement::{Statement, containing};

/// Newest first.
pub(crate) async fn list<C: Connection>(
    connection: &mut C,
    query: &ServiceAccountQuery,
) -> Result<Page<ServiceAccount>, StoreError> {
    let mut statement = Statement::new(service_accounts::SELECT);
    statement.with(" WHERE a.deleted_at IS NULL AND a.organization_id = ", query.organization);
    match query.disabled {
        Some(true) => statement.push(" AND a.disabled_at IS NOT NULL"),
        Some(false) => statement.push(" AND a.disabled_at IS NULL"),
        None => &mut statement,
    };
    if let Some(text) = &query.text {
        let pattern = containing(&text.to_ascii_lowercase());
        statement.with(" AND (LOWER(a.name) LIKE ", Param::owned(pattern.clone())).push(" ESCAPE '\\'");
        statement.with(" OR LOWER(a.description) LIKE ", Param::owned(pattern)).push(" ESCAPE '\\')");
    }
    if let Some(after) = query.page.after {
        statement.with(" AND a.id < ", after);
    }
    page::take(statement.push(" ORDER BY a.id DESC"), &query.page);
    let read = |row: &dyn crate::sql::Row| service_accounts::read(row);
    let items = connection.rows(statement.text(), statement.params(), read).await?;
    Ok(page::of_items(items, &query.page, |account| account.id.uuid()))
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
