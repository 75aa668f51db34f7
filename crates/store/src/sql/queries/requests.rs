//! The request log.

use super::page;
use crate::error::StoreError;
use crate::query::Page;
use crate::sql::requests::{SELECT, read};
use crate::sql::rows::keys::owner_cells;
use crate::sql::statement::Statement;
use crate::sql::{Connection, Row};
use crate::usage::{LoggedRequest, RequestQuery};

/// Newest first.
pub(crate) async fn list<C: Connection>(
    connection: &mut C,
    query: &RequestQuery,
) -> Result<Page<LoggedRequest>, StoreError> {
    let mut statement = Statement::new(SELECT);
    statement.with(" WHERE r.organization_id = ", query.organization);
    if let Some(key) = query.key {
        statement.with(" AND r.key_id = ", key);
    }
    if let Some(owner) = query.owner {
        let (kind, id) = owner_cells(owner);
        statement.with(" AND r.owner_id = ", id).with(" AND r.owner_kind = ", kind);
    }
    if let Some(after) = query.page.after {
        statement.with(" AND r.id < ", after);
    }
    page::take(statement.push(" ORDER BY r.id DESC"), &query.page);
    let read = |row: &dyn Row| read(row);
    let items = connection.rows(statement.text(), statement.params(), read).await?;
    Ok(page::of_items(items, &query.page, |logged| logged.id.uuid()))
}
