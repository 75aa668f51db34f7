//! Loading keys with their secrets: two tables that are clustered by the key's id, read in step.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;
use rusqlite::{Connection, Rows, Statement};

use super::error::store_error;
use crate::error::StoreError;
use crate::feed::{ChangedRow, LoadSink};
use crate::loaded::SecretSink;
use crate::record::{KeySecret, StoredGrants};
use crate::sql::rows::{keys, secrets};
use crate::sql::{Cells, Row};

/// Keys that are looked at to find even slices.
const SAMPLE: usize = 1024;
/// Slices that an even division gives: enough for threads of different speed to end together.
const SLICES: usize = 64;
/// Before every id.
const LOWEST: [u8; 0] = [];
/// After every id, which has 16 bytes.
const HIGHEST: [u8; 17] = [0xFF; 17];

/// Ranges of ids that cover all keys. Each is taken by one thread.
pub(super) struct Slices {
    /// Where slices end and the next begin.
    bounds: Vec<Vec<u8>>,
    next: AtomicUsize,
}

impl Slices {
    /// One slice that holds all keys.
    pub(super) fn one() -> Self {
        Self { bounds: vec![LOWEST.to_vec(), HIGHEST.to_vec()], next: AtomicUsize::new(0) }
    }

    /// Slices with about as many keys each. Ids tell when keys were made, which is anything but even; keys' numbers
    /// are random, so that the keys with the lowest numbers are a fair sample of all.
    pub(super) fn even(connection: &Connection) -> Result<Self, StoreError> {
        let sql = format!("SELECT id FROM keys ORDER BY number LIMIT {SAMPLE}");
        let mut statement = connection.prepare(&sql).map_err(store_error)?;
        let sample = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).map_err(store_error)?;
        let mut sample = sample.collect::<Result<Vec<_>, _>>().map_err(store_error)?;
        sample.sort_unstable();
        let mut bounds = vec![LOWEST.to_vec()];
        bounds.extend(sample.into_iter().step_by(SAMPLE / SLICES).skip(1));
        bounds.push(HIGHEST.to_vec());
        Ok(Self { bounds, next: AtomicUsize::new(0) })
    }

    /// A slice that nobody took: from its first id on, up to and without its second.
    fn take(&self) -> Option<(&[u8], &[u8])> {
        let from = self.next.fetch_add(1, Ordering::Relaxed);
        Some((self.bounds.get(from)?, self.bounds.get(from + 1)?))
    }
}

/// Hands keys to `sink` until no slice is left. Keys without a secret are left out.
pub(super) fn load_keys(
    connection: &Connection,
    slices: &Slices,
    sink: &mut dyn LoadSink,
) -> Result<(), StoreError> {
    match sink.secrets() {
        Some(sink) => load_borrowed(connection, slices, sink),
        None => load_whole(connection, slices, sink),
    }
}

fn load_whole(connection: &Connection, slices: &Slices, sink: &mut dyn LoadSink) -> Result<(), StoreError> {
    let mut tables = Tables::prepare(connection, (keys::COLUMNS, keys::FROM), secrets::COLUMNS)?;
    let mut known = KnownGrants::default();
    while let Some(slice) = slices.take() {
        tables.in_step(slice, |key, secrets| {
            let mut theirs: Vec<KeySecret> = Vec::new();
            secrets.of(key, |cells| {
                theirs.push(secrets::read_cells(cells)?);
                Ok(())
            })?;
            if !theirs.is_empty() {
                theirs.reverse();
                let key = keys::read_cells(&mut Cells::new(key), |json| known.read(json))?;
                sink.row(ChangedRow::Key(Box::new(key), theirs));
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn load_borrowed(
    connection: &Connection,
    slices: &Slices,
    sink: &mut dyn SecretSink,
) -> Result<(), StoreError> {
    let mut tables =
        Tables::prepare(connection, (keys::LOADED_COLUMNS, " FROM keys k"), secrets::LOADED_COLUMNS)?;
    while let Some(slice) = slices.take() {
        tables.in_step(slice, |key, secrets| {
            let loaded = keys::read_loaded(key)?;
            secrets.of(key, |cells| sink.secret(&loaded, &secrets::read_loaded(cells)?))
        })?;
    }
    Ok(())
}

/// The two tables, with the columns that are wanted of each. The first column is the key's id.
struct Tables<'c> {
    keys: Statement<'c>,
    secrets: Statement<'c>,
}

impl<'c> Tables<'c> {
    fn prepare(
        connection: &'c Connection,
        (of_keys, from_keys): (&str, &str),
        of_secrets: &str,
    ) -> Result<Self, StoreError> {
        let keys = format!("SELECT {of_keys}{from_keys} WHERE k.id >= ?1 AND k.id < ?2 ORDER BY k.id");
        let secrets = format!(
            "SELECT key_id, {of_secrets} FROM key_secrets WHERE key_id >= ?1 AND key_id < ?2 \
            ORDER BY key_id, position"
        );
        Ok(Self {
            keys: connection.prepare(&keys).map_err(store_error)?,
            secrets: connection.prepare(&secrets).map_err(store_error)?,
        })
    }

    /// Goes through a slice: `take` gets each key, and takes its secrets.
    fn in_step(
        &mut self,
        slice: (&[u8], &[u8]),
        mut take: impl FnMut(&rusqlite::Row<'_>, &mut Secrets<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut secrets = Secrets { rows: self.secrets.query(slice).map_err(store_error)? };
        secrets.rows.advance().map_err(store_error)?;
        let mut keys = self.keys.query(slice).map_err(store_error)?;
        while let Some(key) = keys.next().map_err(store_error)? {
            take(key, &mut secrets)?;
        }
        Ok(())
    }
}

/// The secrets' rows, of which the present one was read already.
struct Secrets<'s> {
    rows: Rows<'s>,
}

impl Secrets<'_> {
    /// Goes through the secrets of a key, oldest first. Keys are asked for in the order of their ids.
    fn of(
        &mut self,
        key: &rusqlite::Row<'_>,
        mut take: impl FnMut(&mut Cells<'_, rusqlite::Row<'_>>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let key = key.bytes(0)?.unwrap_or_default();
        while let Some(row) = self.rows.get() {
            match row.bytes(0)?.unwrap_or_default().cmp(key) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => take(&mut Cells::from_column(row, 1))?,
                std::cmp::Ordering::Greater => break,
            }
            self.rows.advance().map_err(store_error)?;
        }
        Ok(())
    }
}

/// Grants by their JSON text: many keys have the same, and reading JSON costs more than all else of a row.
#[derive(Default)]
struct KnownGrants(HashMap<String, StoredGrants>);

impl KnownGrants {
    /// Grants to know at once. Keys that all have grants of their own must not fill the memory.
    const AT_MOST: usize = 256;

    fn read(&mut self, json: &str) -> Option<StoredGrants> {
        if let Some(known) = self.0.get(json) {
            return Some(known.clone());
        }
        let grants = keys::grants_of_json(json)?;
        if self.0.len() == Self::AT_MOST {
            self.0.clear();
        }
        self.0.insert(json.to_owned(), grants.clone());
        Some(grants)
    }
}
