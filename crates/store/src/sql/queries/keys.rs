//! Single keys as they are listed, and how many there are.

use keywright_domain::{KeyId, KeyStatus, OrganizationId, Timestamp};

use crate::error::StoreError;
use crate::query::KeyStatusAt;
use crate::record::{KeyListing, KeyOwner};
use crate::sql::param::params;
use crate::sql::rows::keys::{COLUMNS, LISTING, owner_cells, read_listing};
use crate::sql::statement::Statement;
use crate::sql::{Cells, Connection, Row};

/// The status as SQL: the first that applies, in the order of [`KeyStatus`].
pub(super) fn standing(statement: &mut Statement<'_>, KeyStatusAt { status, at }: KeyStatusAt) {
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
