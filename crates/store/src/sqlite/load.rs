//! The bulk load.

use keywright_domain::OrganizationId;
use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;
use rusqlite::{Connection, Rows};

use super::connection::straight;
use super::error::store_error;
use crate::error::StoreError;
use crate::feed::{ChangedRow, LoadSink, Revision};
use crate::record::{DeclaredPermission, KeySecret, StoredGrants};
use crate::sql::rows::{keys, members, organizations, permissions, roles, secrets, service_accounts};
use crate::sql::{Cells, Row, current_revision};

/// Hands every replicated row to `sink`. The connection must be in a transaction.
pub(super) fn load(connection: &mut Connection, sink: &mut dyn LoadSink) -> Result<Revision, StoreError> {
    let revision = straight(current_revision(connection))?;
    let keys: i64 =
        connection.query_row("SELECT COUNT(*) FROM keys", [], |row| row.get(0)).map_err(store_error)?;
    sink.expect_keys(usize::try_from(keys).unwrap_or(0));
    each(connection, &format!("{} ORDER BY o.number", organizations::SELECT), |row| {
        sink.row(ChangedRow::Organization(organizations::read(row)?));
        Ok(())
    })?;
    load_permissions(connection, sink)?;
    each(connection, &format!("{} ORDER BY r.id", roles::SELECT), |row| {
        sink.row(ChangedRow::Role(roles::read(row)?));
        Ok(())
    })?;
    each(connection, &format!("{} ORDER BY m.id", members::SELECT), |row| {
        sink.row(ChangedRow::Member(members::read(row)?));
        Ok(())
    })?;
    each(connection, &format!("{} ORDER BY a.id", service_accounts::SELECT), |row| {
        sink.row(ChangedRow::ServiceAccount(service_accounts::read(row)?));
        Ok(())
    })?;
    load_keys(connection, sink)?;
    Ok(revision)
}

fn each(
    connection: &Connection,
    sql: &str,
    mut take: impl FnMut(&rusqlite::Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare(sql).map_err(store_error)?;
    let mut rows = statement.query([]).map_err(store_error)?;
    while let Some(row) = rows.next().map_err(store_error)? {
        take(row)?;
    }
    Ok(())
}

/// The permissions of each organization together.
fn load_permissions(connection: &Connection, sink: &mut dyn LoadSink) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT p.organization_id, {} FROM permissions p ORDER BY p.organization_id, p.position",
        permissions::COLUMNS
    );
    let mut gathered: Option<(OrganizationId, Vec<DeclaredPermission>)> = None;
    each(connection, &sql, |row| {
        let mut cells = Cells::new(row);
        let organization = cells.id()?;
        let permission = permissions::read_cells(&mut cells)?;
        match &mut gathered {
            Some((of, list)) if *of == organization => list.push(permission),
            _ => {
                if let Some((of, list)) = gathered.replace((organization, vec![permission])) {
                    sink.row(ChangedRow::Permissions(of, list));
                }
            }
        }
        Ok(())
    })?;
    if let Some((of, list)) = gathered {
        sink.row(ChangedRow::Permissions(of, list));
    }
    Ok(())
}

/// Keys and their secrets, out of two tables that are clustered by the key's id, read in step.
fn load_keys(connection: &Connection, sink: &mut dyn LoadSink) -> Result<(), StoreError> {
    let sql = format!("SELECT key_id, {} FROM key_secrets ORDER BY key_id, position", secrets::COLUMNS);
    let mut statement = connection.prepare(&sql).map_err(store_error)?;
    let mut secrets = Secrets { rows: statement.query([]).map_err(store_error)? };
    secrets.advance()?;
    let mut last_grants = LastGrants::default();
    let sql = format!("SELECT {} FROM keys k ORDER BY k.id", keys::COLUMNS);
    each(connection, &sql, |row| {
        let id = row.bytes(0)?.unwrap_or_default();
        let theirs = secrets.of(id)?;
        if !theirs.is_empty() {
            let key = keys::read_cells(&mut Cells::new(row), |json| last_grants.read(json))?;
            sink.row(ChangedRow::Key(key, theirs));
        }
        Ok(())
    })
}

/// The secrets' rows, of which the present one is always read already.
struct Secrets<'s> {
    rows: Rows<'s>,
}

impl Secrets<'_> {
    fn advance(&mut self) -> Result<(), StoreError> {
        self.rows.advance().map_err(store_error)
    }

    /// The secrets of the key with this id, newest first. Keys are asked for in the order of their ids.
    fn of(&mut self, key: &[u8]) -> Result<Vec<KeySecret>, StoreError> {
        let mut secrets = Vec::new();
        while let Some(row) = self.rows.get() {
            match row.bytes(0)?.unwrap_or_default().cmp(key) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => {
                    let mut cells = Cells::new(row);
                    cells.uuid()?;
                    secrets.push(secrets::read_cells(&mut cells)?);
                }
                std::cmp::Ordering::Greater => break,
            }
            self.advance()?;
        }
        secrets.reverse();
        Ok(secrets)
    }
}

/// The grants that were read last: most keys have the same as their neighbours, and reading JSON costs more than all
/// else of a row.
#[derive(Default)]
struct LastGrants {
    json: String,
    grants: Option<StoredGrants>,
}

impl LastGrants {
    fn read(&mut self, json: &str) -> Option<StoredGrants> {
        if self.grants.is_none() || self.json != json {
            self.grants = keys::grants_of_json(json);
            json.clone_into(&mut self.json);
        }
        self.grants.clone()
    }
}
