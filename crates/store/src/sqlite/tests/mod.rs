//! SQLite keeps the contract, and what is its own: files, damage, crashes, backups.

mod backups;
mod crash;
mod damage;
mod loading;
mod opening;
mod restoring;
mod statements;
mod unavailable;

use std::path::PathBuf;
use std::sync::Arc;

use keywright_domain::OrganizationId;

use super::SqliteStore;
use crate::conformance::world::World;
use crate::{Command, KeyOwner, Store};

async fn empty() -> (Arc<dyn Store>, tempfile::TempDir) {
    let place = Place::new();
    (Arc::new(place.open()), place.directory)
}

crate::conformance_suite!(empty);

/// A directory with a database.
struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn database(&self) -> PathBuf {
        self.path("keywright.db")
    }

    fn open(&self) -> SqliteStore {
        SqliteStore::open(self.database()).unwrap()
    }

    /// A store in this place, and a world to act on it with.
    fn world(&self) -> World {
        World::new(Arc::new(self.open()))
    }

    /// A connection beside the store's.
    fn connection(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.database()).unwrap()
    }

    /// The names of the files, sorted.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// The first organization (its number is 1), with an owner of keys.
async fn add_first_organization(world: &World) -> (OrganizationId, KeyOwner) {
    let row = crate::Organization { number: 1, ..world.organization() };
    world.done(Command::CreateOrganization(row.clone())).await;
    let account = world.add_service_account(row.id).await;
    (row.id, KeyOwner::ServiceAccount(account.id))
}
