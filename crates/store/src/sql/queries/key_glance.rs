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
    let is_all = looked_at < u64::from(query.look_at);
    let ending = ending(connection, query).await?;
    let is_all_ending = is_all || (query.owner.is_none() && saw_all_ending(connection, query).await?);
    Ok(KeyGlance { in_force, is_all, ending, is_all_ending })
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

/// The soonest first. Revoked and disabled keys end too, and stand between the others in every index: so the first that end
/// are looked at, and no more than were asked for. An owner's are found by the owner: others' keys hide none of theirs.
async fn ending<C: Connection>(
    connection: &mut C,
    query: &GlanceQuery,
) -> Result<Vec<KeyListing>, StoreError> {
    let mut statement = Statement::new(format!("SELECT {COLUMNS}{LISTING}"));
    statement.push(
        " WHERE k.id IN (SELECT id FROM (SELECT k.id, k.revoked_at, k.enabled, k.expires_at FROM keys k",
    );
    owned(&mut statement, query);
    if query.owner.is_none() {
        within(&mut statement, query, "k.expires_at");
        statement.push(" ORDER BY k.expires_at, k.id");
    } else {
        statement.push(" ORDER BY k.id DESC");
    }
    statement
        .with(" LIMIT ", i64::from(query.look_at))
        .push(") AS looked_at WHERE revoked_at IS NULL AND enabled = 1");
    within(&mut statement, query, "expires_at");
    statement
        .with(" ORDER BY expires_at, id LIMIT ", i64::from(query.limit))
        .push(") ORDER BY k.expires_at, k.id");
    Ok(connection.rows(statement.text(), statement.params(), |row| read_listing(row)).await?)
}

/// Whether all keys that end soon were looked at.
async fn saw_all_ending<C: Connection>(connection: &mut C, query: &GlanceQuery) -> Result<bool, StoreError> {
    let mut statement = Statement::new("SELECT 1 FROM keys k");
    owned(&mut statement, query);
    within(&mut statement, query, "k.expires_at");
    statement
        .push(" ORDER BY k.expires_at, k.id")
        .with(" LIMIT 1 OFFSET ", i64::from(query.look_at).saturating_sub(1));
    let last = connection.first(statement.text(), statement.params(), |_: &dyn Row| Ok(())).await?;
    Ok(last.is_none())
}

/// Goes on with the condition that a key ends soon.
fn within(statement: &mut Statement<'_>, query: &GlanceQuery, column: &str) {
    statement
        .push(" AND ")
        .push(column)
        .with(" > ", query.at)
        .push(" AND ")
        .push(column)
        .with(" <= ", query.ending_by);
}

fn owned(statement: &mut Statement<'_>, query: &GlanceQuery) {
    statement.with(" WHERE k.organization_id = ", query.organization);
    if let Some(owner) = query.owner {
        let (kind, id) = owner_cells(owner);
        statement.with(" AND k.owner_id = ", id).with(" AND k.owner_kind = ", kind);
    }
}
