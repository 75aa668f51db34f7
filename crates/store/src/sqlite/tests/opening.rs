//! Opening, closing, and the files that are there.

use std::os::unix::fs::PermissionsExt as _;

use keywright_domain::{Budget, Id, Refill, RefillInterval, TimeZone, Timestamp};

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

#[tokio::test]
async fn credits_of_an_earlier_version_are_taken_over() {
    let place = Place::new();
    let (organization, plain, refilled) = (id(1), id(2), id(3));
    let older = place.connection();
    migrations::bring_to(&older, 5).unwrap();
    let sql = "INSERT INTO organizations (id, number, slug, name, key_prefix, catalogue_closed, created_at, \
        updated_at, revision) VALUES (?1, 1, 'a', 'A', 'kw', 0, 0, 0, 1)";
    older.execute(sql, [organization.as_bytes()]).unwrap();
    for (key, number, credits) in [
        (plain, 1, None),
        (refilled, 2, Some(r#"{"remaining":12,"refill":{"amount":30,"interval":"monthly"}}"#)),
    ] {
        let sql = "INSERT INTO keys (id, number, organization_id, owner_kind, owner_id, name, verbs, credits, \
            enabled, created_at, updated_at, revision, name_lower) \
            VALUES (?1, ?2, ?3, 'user', ?3, 'key', 31, ?4, 1, 5, 7, 1, 'key')";
        older.execute(sql, (key.as_bytes(), number, organization.as_bytes(), credits)).unwrap();
    }
    drop(older);
    let store = place.open();
    let credits = async |key| {
        let listing = store.key(Id::from_uuid(organization), Id::from_uuid(key)).await.unwrap();
        listing.unwrap().key.credits
    };
    let expected = Budget {
        remaining: 12,
        refill: Some(Refill { amount: 30, interval: RefillInterval::Monthly }),
        low_threshold: None,
        since: Timestamp::from_millis(7),
    };
    assert_eq!(credits(refilled).await, Some(expected));
    assert_eq!(credits(plain).await, None);
    let has_credits = "SELECT has_credits FROM keys ORDER BY number";
    let beside = place.connection();
    let mut statement = beside.prepare(has_credits).unwrap();
    let all: Vec<i64> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(all, [0, 1]);
    let stored = store.organization(Id::from_uuid(organization)).await.unwrap().unwrap();
    assert_eq!(stored.time_zone, TimeZone::default());
}

fn id(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}
