//! What of many keys is worth a glance: nothing here looks at more rows than it was told to.

use crate::error::StoreError;
use crate::query::{GlanceQuery, KeyGlance};
use crate::record::KeyListing;
use crate::sql::rows::keys::{COLUMNS, LISTING, owner_cells, read_listing};
use crate::sql::statement::Statement;
use crate::sql::{Cells, Connection, Row};

pub(crate) async fn look<C: Connection>(
    connection: &mut C,
    query: &GlanceQuery,
) -> Result<KeyGlance, StoreError> {
    let (looked_at, in_force) = count(connection, query).await?;
    let ending = ending(connection, query).await?;
    Ok(KeyGlance { in_force, is_all: looked_at < u64::from(query.look_at), ending })
}

/// How many of the newest keys there are, and how many of them are in force.
async fn count<C: Connection>(connection: &mut C, query: &GlanceQuery) -> Result<(u64, u64), StoreError> {
    let mut statement = Statement::new(
        "SELECT COUNT(*), COALESCE(SUM(CASE WHEN revoked_at IS NULL AND enabled = 1 AND (expires_at IS NULL OR expires_at > ",
    );
    statement
        .bind(query.at)
        .push(") THEN 1 ELSE 0 END), 0) FROM (SELECT k.revoked_at, k.enabled, k.expires_at FROM keys k");
    owned(&mut statement, query);
    statement.with(" ORDER BY k.id DESC LIMIT ", i64::from(query.look_at)).push(") AS newest");
    let read = |row: &dyn Row| {
        let mut cells = Cells::new(row);
        Ok((cells.count()?, cells.count()?))
    };
    Ok(connection.first(statement.text(), statement.params(), read).await?.unwrap_or_default())
}

/// The soonest first.
async fn ending<C: Connection>(
    connection: &mut C,
    query: &GlanceQuery,
) -> Result<Vec<KeyListing>, StoreError> {
    let mut statement = Statement::new(format!("SELECT {COLUMNS}{LISTING}"));
    owned(&mut statement, query);
    statement
        .push(" AND k.revoked_at IS NULL AND k.enabled = 1")
        .with(" AND k.expires_at > ", query.at)
        .with(" AND k.expires_at <= ", query.ending_by)
        .with(" ORDER BY k.expires_at, k.id LIMIT ", i64::from(query.limit));
    Ok(connection.rows(statement.text(), statement.params(), |row| read_listing(row)).await?)
}

fn owned(statement: &mut Statement<'_>, query: &GlanceQuery) {
    statement.with(" WHERE k.organization_id = ", query.organization);
    if let Some(owner) = query.owner {
        let (kind, id) = owner_cells(owner);
        statement.with(" AND k.owner_id = ", id).with(" AND k.owner_kind = ", kind);
    }
}
