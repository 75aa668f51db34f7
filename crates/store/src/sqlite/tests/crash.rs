//! Killed while it writes: what was acknowledged is there, and nothing is half there.
//!
//! The test runs itself once more as a process that writes, and kills that with SIGKILL.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command as Process, Stdio};
use std::sync::Arc;

use rusqlite::Connection;

use super::{Place, add_first_organization};
use crate::conformance::dice::Dice;
use crate::conformance::world::{NOW, World};
use crate::sqlite::SqliteStore;
use crate::{AuditedCommand, Batch, Command, KeyOwner, KeyRecord, Store};

const ROUNDS: u64 = 10;
/// What the writer is told: the database, and from which number to count.
const DATABASE: &str = "KEYWRIGHT_TEST_DATABASE";
const START: &str = "KEYWRIGHT_TEST_START";

/// A batch that the writer said was committed.
#[derive(Debug)]
struct Acknowledged {
    batch: uuid::Uuid,
    revision: i64,
    keys: Vec<uuid::Uuid>,
}

#[tokio::test]
async fn what_was_acknowledged_outlasts_sigkill() {
    let place = Place::new();
    {
        let world = place.world();
        add_first_organization(&world).await;
    }
    let mut dice = Dice::new(9);
    let mut acknowledged = Vec::new();
    for round in 1..=ROUNDS {
        let wanted = dice.below(25) + 1;
        acknowledged.extend(write_until_killed(&place, round, wanted));
        // Opening plays the write-ahead log back.
        let store = place.open();
        let connection = place.connection();
        assert_everything_is_there(&store, &connection, &acknowledged).await;
        assert_no_batch_is_half_there(&connection);
    }
    assert!(acknowledged.len() >= usize::try_from(ROUNDS).unwrap());
}

/// Runs the writer, kills it after it has acknowledged `wanted` batches, and returns all that it acknowledged.
fn write_until_killed(place: &Place, round: u64, wanted: u64) -> Vec<Acknowledged> {
    let test = format!("{}::writer", module_path!().split_once("::").unwrap().1);
    let mut writer = Process::new(std::env::current_exe().unwrap())
        .args(["--exact", &test, "--ignored", "--nocapture", "--test-threads=1"])
        .env(DATABASE, place.database())
        .env(START, (round * 1_000_000).to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let mut acknowledged: Vec<Acknowledged> = Vec::new();
    while (acknowledged.len() as u64) < wanted {
        let line = lines.next().expect("the writer goes on until it is killed").unwrap();
        acknowledged.extend(read_line(&line));
    }
    // It goes on writing while this is under way, so that it is killed anywhere.
    writer.kill().unwrap();
    writer.wait().unwrap();
    acknowledged.extend(lines.map_while(Result::ok).filter_map(|line| read_line(&line)));
    acknowledged
}

/// Reads `committed <batch> <revision> <key>... end`; a line that was cut is none.
fn read_line(line: &str) -> Option<Acknowledged> {
    let mut words = line.split(' ').skip_while(|word| *word != "committed").skip(1);
    let batch = words.next()?.parse().ok()?;
    let revision = words.next()?.parse().ok()?;
    let mut keys: Vec<&str> = words.collect();
    (keys.pop() == Some("end")).then_some(())?;
    Some(Acknowledged { batch, revision, keys: keys.iter().map(|key| key.parse().unwrap()).collect() })
}

/// Writes batches and says so until it is killed.
#[tokio::test]
#[ignore = "runs until it is killed: the test above starts it"]
async fn writer() {
    let Ok(database) = std::env::var(DATABASE) else { return };
    let start: u64 = std::env::var(START).unwrap().parse().unwrap();
    let world = World::counting_from(Arc::new(SqliteStore::open(database).unwrap()), start);
    let organization = world.store.organization_by_number(1).await.unwrap().unwrap().id;
    let query = crate::ServiceAccountQuery::every(organization, crate::conformance::world::ALL);
    let account = world.store.service_accounts(query).await.unwrap().items.remove(0);
    let owner = KeyOwner::ServiceAccount(account.id);
    let mut dice = Dice::new(start);
    loop {
        let size = dice.below(8) + 1;
        let mut keys = Vec::new();
        let mut commands = Vec::new();
        for _ in 0..size {
            let key = KeyRecord { name: format!("one of {size}"), ..world.key(organization, owner) };
            let event =
                crate::AuditEvent { target: Some(key.id.uuid()), ..world.event(organization, "create") };
            keys.push(key.id.to_string());
            let command = Command::CreateKey { key, secret: world.secret() };
            commands.push(AuditedCommand {
                command,
                audit: vec![event],
                idempotency: Some(world.answer(NOW)),
            });
        }
        let id = world.id();
        let outcome = world.store.commit(Batch { id, now: NOW, commands }).await.unwrap();
        assert!(outcome.outcomes.iter().all(Result::is_ok));
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "committed {id} {} {} end", outcome.revision.unwrap().0, keys.join(" ")).unwrap();
        stdout.flush().unwrap();
    }
}

async fn assert_everything_is_there(
    store: &SqliteStore,
    connection: &Connection,
    acknowledged: &[Acknowledged],
) {
    let organization = store.organization_by_number(1).await.unwrap().unwrap().id;
    for Acknowledged { batch, revision, keys } in acknowledged {
        let found = store.find_batch(keywright_domain::Id::from_uuid(*batch)).await.unwrap();
        assert_eq!(found.map(|found| found.0), Some(*revision));
        for key in keys {
            let id = keywright_domain::Id::from_uuid(*key);
            let listing = store.key(organization, id).await.unwrap().expect("an acknowledged key is there");
            assert_eq!(listing.key.revision.0, *revision);
            assert_eq!(store.key_secrets(id).await.unwrap().len(), 1);
        }
    }
    let last = acknowledged.iter().map(|acknowledged| acknowledged.revision).max().unwrap_or(0);
    assert!(number(connection, "SELECT value FROM revision") >= last);
}

/// Each of these counts what must not be.
fn assert_no_batch_is_half_there(connection: &Connection) {
    for wrong in [
        // Keys of a batch that are not as many as it was made of.
        "SELECT COUNT(*) FROM (SELECT 1 FROM keys GROUP BY revision, name \
            HAVING name <> 'one of ' || COUNT(*))",
        "SELECT COUNT(*) FROM keys k WHERE NOT EXISTS (SELECT 1 FROM key_secrets s WHERE s.key_id = k.id)",
        "SELECT COUNT(*) FROM keys k WHERE NOT EXISTS (SELECT 1 FROM changes c \
            WHERE c.kind = 'key' AND c.id = k.id AND c.revision = k.revision)",
        "SELECT COUNT(*) FROM keys k WHERE NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.target_id = k.id)",
        "SELECT COUNT(*) FROM keys k WHERE NOT EXISTS (SELECT 1 FROM batches b WHERE b.revision = k.revision)",
        "SELECT (SELECT COUNT(*) FROM audit_events) - (SELECT COUNT(*) FROM keys)",
        "SELECT (SELECT COUNT(*) FROM idempotency) - (SELECT COUNT(*) FROM keys)",
        "SELECT (SELECT value FROM revision) - (SELECT MAX(revision) FROM changes)",
        "SELECT (SELECT value FROM revision) - (SELECT COUNT(DISTINCT revision) FROM changes)",
        "SELECT (SELECT value FROM revision) - (SELECT COUNT(*) FROM batches)",
    ] {
        assert_eq!(number(connection, wrong), 0, "{wrong}");
    }
    let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}

fn number(connection: &Connection, sql: &str) -> i64 {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}
