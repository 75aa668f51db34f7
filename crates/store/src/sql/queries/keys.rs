//! Keys, as they are listed.

use keywright_domain::{KeyId, KeyStatus, OrganizationId, Timestamp};

use super::page;
use crate::error::StoreError;
use crate::query::{KeyQuery, KeyStatusAt, Page};
use crate::record::{KeyListing, KeyOwner};
use crate::sql::param::{Param, params};
use crate::sql::rows::keys::{COLUMNS, LISTING, owner_cells, read_listing};
use crate::sql::statement::{Statement, containing};
use crate::sql::{Cells, Connection, Row};

/// Newest first.
pub(crate) async fn list<C: Connection>(
    connection: &mut C,
    query: &KeyQuery,
) -> Result<Page<KeyListing>, StoreError> {
    let mut statement = Statement::new(format!("SELECT {COLUMNS}{LISTING}"));
    conditions(&mut statement, query);
    if let Some(after) = query.page.after {
        statement.with(" AND k.id < ", after);
    }
    page::take(statement.push(" ORDER BY k.id DESC"), &query.page);
    let read = |row: &dyn Row| read_listing(row);
    let items = connection.rows(statement.text(), statement.params(), read).await?;
    Ok(page::of_items(items, &query.page, |listing| listing.key.id.uuid()))
}

fn conditions<'a>(statement: &mut Statement<'a>, query: &'a KeyQuery) {
    statement.with(" WHERE k.organization_id = ", query.organization);
    if let Some(owner) = query.owner {
        let (kind, id) = owner_cells(owner);
        statement.with(" AND k.owner_id = ", id).with(" AND k.owner_kind = ", kind);
    }
    if let Some(external_id) = &query.external_id {
        statement.with(" AND k.external_id = ", external_id);
    }
    if let Some(customer) = &query.portal_customer {
        statement.with(" AND k.portal_customer = ", customer);
    }
    if query.live_only {
        statement.push(" AND k.revoked_at IS NULL");
    }
    if let Some(status) = query.status {
        standing(statement, status);
    }
    if let Some(text) = &query.text {
        let name = Param::owned(containing(&text.to_lowercase()));
        statement.with(" AND (k.name_lower LIKE ", name).push(" ESCAPE '\\'");
        // A shown prefix is compared as it is: the letters of a key differ by case.
        statement.push(" OR EXISTS (SELECT 1 FROM key_secrets s WHERE s.key_id = k.id");
        let chars = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        statement
            .with(" AND SUBSTR(s.shown_prefix, 1, CAST(", chars)
            .with(" AS INTEGER)) = ", text)
            .push("))");
    }
}

/// The status as SQL: the first that applies, in the order of [`KeyStatus`].
fn standing(statement: &mut Statement<'_>, KeyStatusAt { status, at }: KeyStatusAt) {
    match status {
        KeyStatus::Revoked => statement.push(" AND k.revoked_at IS NOT NULL"),
        KeyStatus::Disabled => statement.push(" AND k.revoked_at IS NULL AND k.enabled = 0"),
        KeyStatus::Expired => {
            statement.with(" AND k.revoked_at IS NULL AND k.enabled = 1 AND k.expires_at <= ", at)
        }
        KeyStatus::Active => statement
            .with(
                " AND k.revoked_at IS NULL AND k.enabled = 1 AND (k.expires_at IS NULL OR k.expires_at > ",
                at,
            )
            .push(")"),
    };
}

pub(crate) async fn by_id<C: Connection>(
    connection: &mut C,
    organization: OrganizationId,
    id: KeyId,
) -> Result<Option<KeyListing>, StoreError> {
    let sql = format!("SELECT {COLUMNS}{LISTING} WHERE k.id = $1 AND k.organization_id = $2");
    Ok(connection.first(&sql, &params![id, organization], |row| read_listing(row)).await?)
}

pub(crate) async fn by_number<C: Connection>(
    connection: &mut C,
    organization: OrganizationId,
    number: i64,
) -> Result<Option<KeyListing>, StoreError> {
    let sql = format!("SELECT {COLUMNS}{LISTING} WHERE k.number = $1 AND k.organization_id = $2");
    Ok(connection.first(&sql, &params![number, organization], |row| read_listing(row)).await?)
}

/// How many keys of an owner are in force at a time, counted up to `at_most`.
pub(crate) async fn count_in_force<C: Connection>(
    connection: &mut C,
    organization: OrganizationId,
    owner: KeyOwner,
    at: Timestamp,
    at_most: u32,
) -> Result<u64, StoreError> {
    let (kind, id) = owner_cells(owner);
    let mut statement = Statement::new("SELECT COUNT(*) FROM (SELECT 1 FROM keys k");
    statement.with(" WHERE k.organization_id = ", organization).with(" AND k.owner_id = ", id);
    statement.with(" AND k.owner_kind = ", kind);
    standing(&mut statement, KeyStatusAt { status: KeyStatus::Active, at });
    statement.with(" LIMIT ", i64::from(at_most)).push(") counted");
    let read = |row: &dyn Row| Cells::new(row).int();
    let found = connection.first(statement.text(), statement.params(), read).await?;
    Ok(found.and_then(|found| u64::try_from(found).ok()).unwrap_or(0))
}
