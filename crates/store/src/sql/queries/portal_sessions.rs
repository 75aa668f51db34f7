//! Sessions of the portal that are neither over nor ended.

use super::page;
use crate::error::StoreError;
use crate::query::{Page, PortalSessionQuery};
use crate::record::PortalSession;
use crate::sql::Connection;
use crate::sql::rows::portal_sessions;
use crate::sql::statement::Statement;

/// Newest first.
pub(crate) async fn list<C: Connection>(
    connection: &mut C,
    query: &PortalSessionQuery,
) -> Result<Page<PortalSession>, StoreError> {
    let mut statement = Statement::new(portal_sessions::SELECT);
    statement
        .with(" WHERE p.organization_id = ", query.organization)
        .with(" AND p.ended_at IS NULL AND p.expires_at > ", query.at);
    if let Some(external_id) = &query.external_id {
        statement.with(" AND p.external_id = ", external_id);
    }
    if let Some(after) = query.page.after {
        statement.with(" AND p.id < ", after);
    }
    page::take(statement.push(" ORDER BY p.id DESC"), &query.page);
    let read = |row: &dyn crate::sql::Row| portal_sessions::read(row);
    let items = connection.rows(statement.text(), statement.params(), read).await?;
    Ok(page::of_items(items, &query.page, |session| session.id.uuid()))
}
