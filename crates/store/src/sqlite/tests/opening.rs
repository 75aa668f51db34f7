//! Opening, closing, and the files that are there.

use std::os::unix::fs::PermissionsExt as _;

use super::Place;
use crate::sqlite::{SqliteStore, migrations};
use crate::{Revision, Store, StoreError};

#[tokio::test]
async fn what_was_written_is_there_when_it_is_opened_again() {
    let place = Place::new();
    let world = place.world();
    let organization = world.add_organization().await;
    drop(world);
    let store = place.open();
    assert_eq!(store.organization(organization.id).await.unwrap(), Some(organization));
    assert_eq!(super::World::counting_from(std::sync::Arc::new(store), 100).revision().await, Revision(2));
}

#[tokio::test]
async fn files_are_private_and_one_is_left_when_it_is_closed() {
    let place = Place::new();
    let world = place.world();
    world.add_organization().await;
    let files = place.files();
    assert!(files.contains(&"keywright.db-wal".to_owned()), "{files:?}");
    for name in files {
        let mode = place.path(&name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    drop(world);
    assert_eq!(place.files(), ["keywright.db"]);
}

#[tokio::test]
async fn a_write_under_way_is_finished_before_it_closes() {
    let place = Place::new();
    let world = place.world();
    let user = world.user();
    let create = crate::AuditedCommand {
        command: crate::Command::CreateUser(user.clone()),
        audit: Vec::new(),
        idempotency: None,
    };
    let batch = crate::Batch { id: world.id(), now: user.created_at, commands: vec![create] };
    {
        // Polled once, so that it is handed over, and then given up.
        let mut commit = world.store.commit(batch);
        let waker = std::task::Waker::noop();
        assert!(commit.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_pending());
    }
    drop(world);
    assert!(place.open().user(user.id).await.unwrap().is_some());
}

#[test]
fn a_database_of_a_later_version_is_refused() {
    let place = Place::new();
    drop(place.open());
    let known = migrations::known();
    place.connection().pragma_update(None, "user_version", known + 1).unwrap();
    let error = SqliteStore::open(place.database()).unwrap_err();
    assert!(
        matches!(error, StoreError::TooNew { found, known: k } if (found, k) == (known + 1, known)),
        "{error}"
    );
    assert!(error.to_string().contains("use a newer keywright"), "{error}");
}

#[test]
fn another_programs_database_is_left_alone() {
    let place = Place::new();
    place.connection().execute_batch("CREATE TABLE theirs (id INTEGER)").unwrap();
    let error = SqliteStore::open(place.database()).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    let tables: i64 =
        place.connection().query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(tables, 1);
}

#[test]
fn a_directory_that_is_not_there_is_no_damage() {
    let place = Place::new();
    let error = SqliteStore::open(place.path("missing/keywright.db")).unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
}
