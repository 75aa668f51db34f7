//! Damage is told, and never looks like "there is no such thing".

use std::os::unix::fs::FileExt as _;

use super::Place;
use crate::conformance::world::key_query;
use crate::sqlite::SqliteStore;
use crate::{Applied, ChangedRow, Command, LoadSink, Refusal, Store, StoreError};

/// The size of SQLite's pages.
const PAGE: usize = 4096;

struct Nowhere;

impl LoadSink for Nowhere {
    fn expect_keys(&mut self, _count: usize) {}
    fn row(&mut self, _row: ChangedRow) {}
}

#[expect(clippy::needless_pass_by_value, reason = "it takes what was just answered")]
fn is_corrupt<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Corrupt { .. })), "{result:?}");
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let place = Place::new();
    std::fs::write(place.database(), vec![0xA5; 10_000]).unwrap();
    is_corrupt(SqliteStore::open(place.database()));
}

#[tokio::test]
async fn damaged_pages_are_no_missing_keys() {
    let place = Place::new();
    let world = place.world();
    let (organization, owner) = world.add_owner().await;
    let mut key = None;
    for _ in 0..60 {
        key = Some(world.add_key(organization, owner).await);
    }
    drop(world);
    // The first page of every table and index; which ones there are can still be read.
    let roots: Vec<u64> = {
        let connection = place.connection();
        let mut roots = connection.prepare("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0").unwrap();
        let roots = roots.query_map([], |row| row.get::<_, i64>(0)).unwrap();
        roots.map(|root| root.unwrap().try_into().unwrap()).collect()
    };
    let file = std::fs::OpenOptions::new().write(true).open(place.database()).unwrap();
    for root in roots {
        file.write_all_at(&[0xA5; PAGE], (root - 1) * PAGE as u64).unwrap();
    }

    let store = place.open();
    is_corrupt(store.load(Box::new(Nowhere)).await);
    is_corrupt(store.key(organization, key.unwrap().id).await);
    is_corrupt(store.keys(key_query(organization)).await);
    is_corrupt(store.organization(organization).await);
    is_corrupt(store.is_empty().await);
    is_corrupt(store.changes_since(crate::Revision::ZERO, 10).await);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_no_missing_row() {
    let place = Place::new();
    let world = place.world();
    let (organization, owner) = world.add_owner().await;
    let key = world.add_key(organization, owner).await;
    let damage = place.connection();
    for (column, bad, good) in [
        ("grants", "'not json'", "NULL"),
        ("grants", "'[\"*\"]'", "NULL"),
        ("owner_kind", "'robot'", "'serviceAccount'"),
        ("owner_id", "x'00'", &format!("x'{}'", owner_id(owner))),
        ("verbs", "32", "31"),
        ("enabled", "2", "1"),
        ("allowlist", "'[\"nowhere\"]'", "NULL"),
        ("metadata", "'[]'", "NULL"),
    ] {
        damage.execute(&format!("UPDATE keys SET {column} = {bad}"), []).unwrap();
        is_corrupt(world.store.key(organization, key.id).await);
        is_corrupt(world.store.keys(key_query(organization)).await);
        is_corrupt(world.store.load(Box::new(Nowhere)).await);
        is_corrupt(world.store.changes_since(crate::Revision::ZERO, 100).await);
        damage.execute(&format!("UPDATE keys SET {column} = {good}"), []).unwrap();
    }
    assert_eq!(world.stored(&key).await.key, key);
}

fn owner_id(owner: crate::KeyOwner) -> String {
    let crate::KeyOwner::ServiceAccount(id) = owner else { unreachable!("a service account owns it") };
    id.uuid().simple().to_string()
}

#[tokio::test]
async fn an_error_tells_no_secret() {
    let place = Place::new();
    let world = place.world();
    let (organization, owner) = world.add_owner().await;
    world.add_key(organization, owner).await;
    place
        .connection()
        .execute("UPDATE key_secrets SET shown_prefix = 'kw_visible', digest = x'5EC2E7'", [])
        .unwrap();
    let error = world.store.load(Box::new(Nowhere)).await.unwrap_err().to_string();
    assert!(!error.to_lowercase().contains("5ec2e7") && !error.contains("kw_visible"), "{error}");
}

#[tokio::test]
async fn a_change_whose_row_is_lost_is_damage() {
    let place = Place::new();
    let world = place.world();
    let (organization, owner) = world.add_owner().await;
    world.add_key(organization, owner).await;
    place.connection().execute_batch("DELETE FROM key_secrets; DELETE FROM keys").unwrap();
    is_corrupt(world.store.changes_since(crate::Revision::ZERO, 100).await);
}

#[tokio::test]
async fn a_command_that_meets_damage_disturbs_no_other() {
    let place = Place::new();
    let world = place.world();
    let (organization, owner) = world.add_owner().await;
    let key = world.add_key(organization, owner).await;
    place.connection().execute("UPDATE keys SET grants = 'not json'", []).unwrap();
    let (user, changes) = (world.user(), Box::default());
    let update = Command::UpdateKey { organization, id: key.id, unchanged_since: key.revision, changes };
    let outcome = world.batch(vec![update, Command::CreateUser(user.clone())]).await;
    assert!(matches!(outcome.outcomes[0], Err(Refusal::Unreadable(_))), "{:?}", outcome.outcomes);
    assert_eq!(outcome.outcomes[1], Ok(Applied::Done));
    assert!(world.store.user(user.id).await.unwrap().is_some());
}
