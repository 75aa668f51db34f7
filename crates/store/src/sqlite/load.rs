//! The bulk load: everything from one snapshot, keys on several threads where the sink allows it.

use std::path::Path;

use keywright_domain::OrganizationId;
use rusqlite::Connection;

use super::connection::straight;
use super::error::store_error;
use super::load_keys::{Slices, load_keys};
use super::open;
use crate::error::StoreError;
use crate::feed::{ChangedRow, LoadSink, Revision};
use crate::record::DeclaredPermission;
use crate::sql::rows::{members, organizations, permissions, roles, service_accounts, signing_keys};
use crate::sql::{Cells, current_revision};

/// Threads that read keys at once: more only wait for one another in the allocator and in the sink.
const THREADS_AT_MOST: usize = 8;
/// Keys for which it is worth starting a thread: some milliseconds' work.
const KEYS_A_THREAD: usize = 10_000;
/// How often to try to get one snapshot on all connections while batches are being committed.
const TRIES: usize = 16;

/// Hands every replicated row of the database to `sink`.
pub(super) fn load(path: &Path, mut sink: Box<dyn LoadSink>) -> Result<Revision, StoreError> {
    let first = open::reader(path)?;
    let keys: i64 =
        first.query_row("SELECT COUNT(*) FROM keys", [], |row| row.get(0)).map_err(store_error)?;
    let keys = usize::try_from(keys).unwrap_or(0);
    sink.expect_keys(keys);

    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = (keys / KEYS_A_THREAD).min(cores).min(THREADS_AT_MOST);
    let mut forks: Vec<_> = (1..threads).map_while(|_| sink.fork()).collect();
    let (revision, mut connections) = one_snapshot(path, first, forks.len())?;
    // Where no common snapshot could be had there are fewer connections than forks.
    forks.truncate(connections.len() - 1);

    load_small_tables(&mut connections[0], sink.as_mut())?;
    let slices = if forks.is_empty() { Slices::one() } else { Slices::even(&connections[0])? };
    let sinks = std::iter::once(sink).chain(forks);
    std::thread::scope(|scope| {
        let slices = &slices;
        let load = |(connection, mut sink): (Connection, Box<dyn LoadSink>)| {
            scope.spawn(move || load_keys(&connection, slices, sink.as_mut()))
        };
        let running: Vec<_> = connections.into_iter().zip(sinks).map(load).collect();
        running.into_iter().try_for_each(|thread| {
            thread.join().unwrap_or_else(|_| {
                Err(StoreError::Unavailable { reason: "a thread that loads keys has panicked".to_owned() })
            })
        })
    })?;
    Ok(revision)
}

/// `first` and as many connections more, all in transactions that see the same revision; only `first` when batches are
/// committed too fast for that. The same revision is the same rows: whatever writes one takes a revision.
fn one_snapshot(
    path: &Path,
    first: Connection,
    more: usize,
) -> Result<(Revision, Vec<Connection>), StoreError> {
    let mut connections = vec![first];
    for _ in 0..more {
        connections.push(open::reader(path)?);
    }
    for _ in 0..TRIES {
        let revisions = connections.iter_mut().map(begin).collect::<Result<Vec<_>, _>>()?;
        if revisions.iter().all(|revision| *revision == revisions[0]) {
            return Ok((revisions[0], connections));
        }
        for connection in &connections {
            connection.execute_batch("ROLLBACK").map_err(store_error)?;
        }
    }
    tracing::info!("batches are committed all the time: keys are loaded on one thread");
    connections.truncate(1);
    Ok((begin(&mut connections[0])?, connections))
}

/// Begins a transaction that reads; reading the revision is what takes the snapshot.
fn begin(connection: &mut Connection) -> Result<Revision, StoreError> {
    connection.execute_batch("BEGIN DEFERRED").map_err(store_error)?;
    straight(current_revision(connection))
}

fn load_small_tables(connection: &mut Connection, sink: &mut dyn LoadSink) -> Result<(), StoreError> {
    let signing_keys = straight(signing_keys::all(connection))?;
    if !signing_keys.is_empty() {
        sink.row(ChangedRow::SigningKeys(signing_keys));
    }
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
    })
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
