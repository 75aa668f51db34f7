//! Fills a store with keys past the store: ten million commits in batches would take hours, most of them spent on
//! changing pages of indexes here and there.
//!
//! One key is made as all keys are; the others are its rows again, with what differs from key to key.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Duration;

use keywright_domain::{AuditEventId, KeyId, KeyPrefix, PlaintextKey, PresentedKey, Timestamp};
use keywright_engine::{Clock as _, Origin, SystemClock, SystemRandom};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::commits::{commit_keys, draw};
use crate::data_set::{self, DataSet};
use crate::stopwatch::Stopwatch;
use crate::tell;

/// Keys of the sample for load generators.
const SAMPLE: usize = 200_000;
/// Between two keys: as if they had been made over years.
const MILLISECONDS_APART: i64 = 1_000;

/// Makes a data directory with `count` keys like customers'.
pub(crate) fn run(directory: &Path, count: usize) -> anyhow::Result<()> {
    let watch = Stopwatch::start();
    let first = tokio::runtime::Runtime::new()?.block_on(begin(directory))?;
    let mut file = BufWriter::new(File::create(data_set::key_file(directory))?);
    writeln!(file, "{first}")?;
    let path = directory.join("keywright.db");
    let mut connection = Connection::open(&path)?;
    // The store's threads take a moment to let go of the file.
    connection.busy_timeout(Duration::from_secs(10))?;
    // Nothing is lost by a crash: it would be filled anew. The indexes over random values fit into the cache.
    connection.execute_batch(
        "PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF; PRAGMA cache_size = -3000000;",
    )?;
    let indexes = without_indexes(&connection)?;
    insert(&mut connection, count.saturating_sub(1), &mut file)?;
    file.flush()?;
    drop(file);
    indexes.iter().try_for_each(|index| connection.execute_batch(index))?;
    connection.execute_batch("PRAGMA journal_mode = WAL;")?;
    drop(connection);
    data_set::write_sample(directory, SAMPLE)?;
    tell("fill_seconds", watch.elapsed().as_secs_f64());
    tell("disk_bytes_a_key", std::fs::metadata(path)?.len() / count.max(1) as u64);
    Ok(())
}

/// Starts a store for the first time and makes one key in it.
async fn begin(directory: &Path) -> anyhow::Result<String> {
    let (made, engine, root_key) = DataSet::make(directory).await?;
    let root = engine.authenticate_key(PresentedKey::new(&root_key), None, Origin::default())?;
    let key = commit_keys(&made.parts, &root, 1).await?.remove(0);
    engine.stop().await;
    Ok(key)
}

/// Drops the indexes that can be made afterwards, and returns how.
fn without_indexes(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let on = "type = 'index' AND sql IS NOT NULL AND tbl_name IN ('keys', 'key_secrets', 'audit_events')";
    let mut statement = connection.prepare(&format!("SELECT name, sql FROM sqlite_schema WHERE {on}"))?;
    let found: Vec<(String, String)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    for (name, _) in &found {
        connection.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    Ok(found.into_iter().map(|(_, sql)| sql).collect())
}

/// Repeats the last key's rows.
fn insert(connection: &mut Connection, count: usize, file: &mut impl std::io::Write) -> anyhow::Result<()> {
    let (prefix, pepper, random) = (KeyPrefix::standard(), data_set::pepper(), SystemRandom);
    let mut keys = Rows::like_the_last(connection, "keys", "id")?;
    let mut secrets = Rows::like_the_last(connection, "key_secrets", "key_id")?;
    let mut events = Rows::like_the_last(connection, "audit_events", "id")?;
    let transaction = connection.transaction()?;
    {
        let mut into_keys = transaction.prepare(&keys.insert())?;
        let mut into_secrets = transaction.prepare(&secrets.insert())?;
        let mut into_events = transaction.prepare(&events.insert())?;
        let first = SystemClock::default().now().as_millis();
        for made in 0..count {
            let at = first + i64::try_from(made)? * MILLISECONDS_APART;
            let now = Timestamp::from_millis(at);
            let plaintext = PlaintextKey::generate(&prefix, draw(&random));
            let id = Value::Blob(KeyId::new(now, &draw(&random)).uuid().as_bytes().to_vec());
            let name = Value::Text(format!("customer {made}"));
            keys.set("id", id.clone())?;
            keys.set("number", Value::Integer((i64::from_le_bytes(draw(&random)) >> 11).abs().max(2)))?;
            keys.set("name", name.clone())?;
            keys.set("name_lower", name)?;
            keys.set("created_at", Value::Integer(at))?;
            keys.set("updated_at", Value::Integer(at))?;
            into_keys.execute(params_from_iter(&keys.values))?;
            let digest = pepper.digest(plaintext.as_presented());
            secrets.set("key_id", id.clone())?;
            secrets.set("digest", Value::Blob(digest.as_bytes().to_vec()))?;
            secrets.set("shown_prefix", Value::Text(plaintext.shown_prefix()))?;
            secrets.set("created_at", Value::Integer(at))?;
            into_secrets.execute(params_from_iter(&secrets.values))?;
            let event = AuditEventId::new(now, &draw(&random));
            events.set("id", Value::Blob(event.uuid().as_bytes().to_vec()))?;
            events.set("target_id", id)?;
            events.set("at", Value::Integer(at))?;
            into_events.execute(params_from_iter(&events.values))?;
            writeln!(file, "{}", plaintext.expose())?;
        }
    }
    Ok(transaction.commit()?)
}

/// A row that is put in again and again, with some of its columns changed.
struct Rows {
    table: &'static str,
    columns: Vec<String>,
    values: Vec<Value>,
}

impl Rows {
    fn like_the_last(connection: &Connection, table: &'static str, id: &str) -> rusqlite::Result<Self> {
        let mut statement =
            connection.prepare(&format!("SELECT * FROM {table} ORDER BY {id} DESC LIMIT 1"))?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let read = |row: &rusqlite::Row<'_>| (0..columns.len()).map(|column| row.get(column)).collect();
        let values = statement.query_one([], read)?;
        Ok(Self { table, columns, values })
    }

    fn insert(&self) -> String {
        let places = vec!["?"; self.columns.len()].join(", ");
        format!("INSERT INTO {} ({}) VALUES ({places})", self.table, self.columns.join(", "))
    }

    fn set(&mut self, column: &str, value: Value) -> anyhow::Result<()> {
        let found = self.columns.iter().position(|name| name == column);
        let at = found.ok_or_else(|| anyhow::anyhow!("{} has no column {column}", self.table))?;
        self.values[at] = value;
        Ok(())
    }
}
