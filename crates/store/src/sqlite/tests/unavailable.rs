//! A database that cannot be written for now.

use super::Place;
use crate::sqlite::SqliteStore;
use crate::sqlite::error::store_error;
use crate::sqlite::writer::End;
use crate::{AuditedCommand, Batch, BatchOutcome, Command, Store, StoreError};

/// Does something to the writer's connection.
async fn tell_writer(store: &SqliteStore, sql: &'static str) {
    let job = move |connection: &mut rusqlite::Connection| {
        connection.execute_batch(sql).map_err(store_error)?;
        Ok(((), End::Commit))
    };
    store.writer.write(job).await.unwrap();
}

async fn commit(
    store: &SqliteStore,
    world: &super::World,
    user: &crate::User,
) -> Result<BatchOutcome, StoreError> {
    let command =
        AuditedCommand { command: Command::CreateUser(user.clone()), audit: Vec::new(), idempotency: None };
    store.commit(Batch { id: world.id(), now: user.created_at, commands: vec![command] }).await
}

#[tokio::test]
async fn a_full_disk_refuses_the_batch_and_nothing_else() {
    let place = Place::new();
    let store = place.open();
    let world = super::World::new(std::sync::Arc::new(Place::new().open()));
    let pages: i64 = place.connection().query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    let limit: &'static str = Box::leak(format!("PRAGMA max_page_count = {pages}").into_boxed_str());
    tell_writer(&store, limit).await;
    let user = crate::User { name: "n".repeat(100_000), ..world.user() };
    let error = commit(&store, &world, &user).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    assert_eq!(store.user(user.id).await.unwrap(), None);
    tell_writer(&store, "PRAGMA max_page_count = 1000000").await;
    let outcome = commit(&store, &world, &user).await.unwrap();
    assert_eq!(outcome.revision, Some(crate::Revision(1)), "the refused batch took no revision");
    assert!(store.user(user.id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_lock_held_by_another_process_is_waited_for_and_then_told() {
    let place = Place::new();
    let store = place.open();
    let world = super::World::new(std::sync::Arc::new(Place::new().open()));
    tell_writer(&store, "PRAGMA busy_timeout = 0").await;
    let other = place.connection();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let user = world.user();
    let error = commit(&store, &world, &user).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    // Reading goes on meanwhile.
    assert_eq!(store.user(user.id).await.unwrap(), None);
    other.execute_batch("ROLLBACK").unwrap();
    assert!(commit(&store, &world, &user).await.is_ok());
}

#[tokio::test]
async fn a_batch_id_is_used_once() {
    let place = Place::new();
    let (store, world) = (place.open(), Place::new().world());
    let id = world.id();
    let batch = |user| {
        let command =
            AuditedCommand { command: Command::CreateUser(user), audit: Vec::new(), idempotency: None };
        Batch { id, now: crate::conformance::world::NOW, commands: vec![command] }
    };
    store.commit(batch(world.user())).await.unwrap();
    let again = world.user();
    let sent_twice = store.commit(batch(again.clone())).await;
    assert!(sent_twice.is_err(), "{sent_twice:?}");
    assert_eq!(store.user(again.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_commit_that_fails_is_in_doubt_and_can_be_looked_up() {
    let place = Place::new();
    let store = place.open();
    let world = super::World::new(std::sync::Arc::new(Place::new().open()));
    // A reference that is looked at only when the transaction is committed.
    let trap = "CREATE TABLE nowhere (id INTEGER PRIMARY KEY); \
        CREATE TABLE trap (id INTEGER REFERENCES nowhere (id) DEFERRABLE INITIALLY DEFERRED); \
        CREATE TRIGGER spring AFTER INSERT ON users BEGIN INSERT INTO trap VALUES (1); END";
    tell_writer(&store, trap).await;
    let user = world.user();
    let error = commit(&store, &world, &user).await.unwrap_err();
    let StoreError::CommitUnknown { batch, outcome, .. } = error else { panic!("{error}") };
    assert_eq!(outcome.unwrap().outcomes, [Ok(crate::Applied::Done)], "what it would have come to");
    assert_eq!(store.find_batch(batch).await.unwrap(), None, "it was not committed");
    assert_eq!(store.user(user.id).await.unwrap(), None);
    tell_writer(&store, "DROP TRIGGER spring").await;
    let outcome = commit(&store, &world, &user).await.unwrap();
    assert_eq!(outcome.revision, Some(crate::Revision(1)), "the failed batch took no revision");
}
