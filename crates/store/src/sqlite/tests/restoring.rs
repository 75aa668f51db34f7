//! Restoring backups.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Place, add_first_organization};
use crate::conformance::world::{NOW, World, audit_query, later, nobody};
use crate::sqlite::{BackupError, KeysAfterRestore, Restore, Restored, SqliteStore, back_up, install_backup};
use crate::{ChangePage, Command, KeyRecord, KeySelector, LinkPurpose, Revision, Store};

fn restore(from: &Path, database: &Path, keys: KeysAfterRestore) -> Result<Restored, BackupError> {
    install_backup(&Restore { from, database, keys, now: later(50), audit_event: nobody() })
}

/// A database of which a backup was made, and in which a key was revoked and another was made since.
struct Story {
    place: Place,
    /// Beside the database and the backup there is `crashed.db`, as the database was when all this had happened, with
    /// what had happened in its write-ahead log.
    backup: PathBuf,
    before: KeyRecord,
    disabled: KeyRecord,
    revoked: KeyRecord,
    since: KeyRecord,
    session: crate::Session,
    links: [crate::LinkToken; 2],
    /// The last revision in the backup.
    revision: Revision,
}

impl Story {
    async fn tell() -> Self {
        let place = Place::new();
        let world = place.world();
        let (organization, owner) = add_first_organization(&world).await;
        let before = world.add_key(organization, owner).await;
        let off = KeyRecord { enabled: false, ..world.key(organization, owner) };
        let disabled = world.add(off).await;
        let gone = world.add_key(organization, owner).await;
        revoke(&world, &gone).await;
        let revoked = world.stored(&gone).await.key;
        let session = world.session(world.add_user().await.id);
        world.done(Command::CreateSession(session.clone())).await;
        world.done(Command::AddSigningKey(World::signing_key(1))).await;
        let links =
            [world.link(organization, LinkPurpose::SetUp), world.link(organization, LinkPurpose::SetUp)];
        for link in &links {
            world.done(Command::CreateLinkToken(link.clone())).await;
        }
        world.done(Command::UseLinkToken { id: links[0].id, then: Vec::new() }).await;
        let revision = world.revision().await;
        let backup = place.path("backup.db");
        back_up(&place.database(), &backup).unwrap();
        revoke(&world, &before).await;
        let since = world.add_key(organization, owner).await;
        for suffix in ["", "-wal"] {
            let name = |name| place.path(&format!("{name}.db{suffix}"));
            std::fs::copy(name("keywright"), name("crashed")).unwrap();
        }
        Self { place, backup, before, disabled, revoked, since, session, links, revision }
    }

    /// Restores the backup and opens what it has become.
    fn restored(&self, keys: KeysAfterRestore) -> (Restored, World) {
        let restored = restore(&self.backup, &self.place.database(), keys).unwrap();
        (restored, World::counting_from(Arc::new(self.place.open()), 1_000_000))
    }
}

async fn revoke(world: &World, key: &KeyRecord) {
    let which = KeySelector { ids: Some(vec![key.id]), ..KeySelector::default() };
    world.done(Command::RevokeKeys { organization: key.organization, which }).await;
}

#[tokio::test]
async fn keys_are_as_they_were_when_the_backup_was_made() {
    let story = Story::tell().await;
    let (restored, world) = story.restored(KeysAfterRestore::Keep);
    assert_eq!((restored.keys_disabled, restored.revision), (0, Revision(story.revision.0 + 1)));
    for key in [&story.before, &story.disabled, &story.revoked] {
        assert_eq!(&world.stored(key).await.key, key);
    }
    assert_eq!(world.store.key(story.since.organization, story.since.id).await.unwrap(), None);
    let key = world.store.key_secrets(story.before.id).await.unwrap();
    assert_eq!(key.len(), 1);
}

#[tokio::test]
async fn keys_can_be_switched_off() {
    let story = Story::tell().await;
    let (restored, world) = story.restored(KeysAfterRestore::Disable);
    assert_eq!(restored.keys_disabled, 1, "the others are off or revoked already");
    let expected = KeyRecord {
        enabled: false,
        updated_at: later(50),
        revision: restored.revision,
        ..story.before.clone()
    };
    assert_eq!(world.stored(&story.before).await.key, expected);
    for key in [&story.disabled, &story.revoked] {
        assert_eq!(&world.stored(key).await.key, key);
    }
}

#[tokio::test]
async fn everybody_is_signed_out_and_it_is_told() {
    let story = Story::tell().await;
    let (_, world) = story.restored(KeysAfterRestore::Keep);
    assert_eq!(world.store.session(story.session.digest).await.unwrap(), None);
    // It may have been withdrawn since.
    assert_eq!(world.store.signing_keys().await.unwrap(), []);
    let [used, unused] = &story.links;
    assert!(world.store.link_token(used.digest).await.unwrap().is_some());
    assert_eq!(world.store.link_token(unused.digest).await.unwrap(), None);
    let events = world.store.audit_events(audit_query(story.before.organization)).await.unwrap().items;
    assert_eq!(events[0].action, "store.restore");
    assert_eq!((events[0].at, events[0].details["keys"].as_str()), (later(50), Some("kept")));
}

#[tokio::test]
async fn every_follower_loads_anew() {
    let story = Story::tell().await;
    let (restored, world) = story.restored(KeysAfterRestore::Keep);
    for known in [Revision::ZERO, story.revision, Revision(restored.revision.0 + 1)] {
        let page = world.store.changes_since(known, 100).await.unwrap();
        assert!(matches!(page, ChangePage::LoadAnew), "{known:?}: {page:?}");
    }
    let next = world.revision().await;
    assert_eq!(next.0, restored.revision.0 + 1, "revisions go on");
}

#[tokio::test]
async fn the_database_that_was_there_is_kept_with_its_log() {
    let story = Story::tell().await;
    // As a crash leaves it: the newest rows are in the log alone.
    let crashed = story.place.path("crashed.db");
    let restored = restore(&story.backup, &crashed, KeysAfterRestore::Keep).unwrap();
    let aside = restored.moved_aside.unwrap();
    assert_eq!(aside, story.place.path(&format!("crashed.db.before-restore-{}", later(50).as_millis())));
    let old = SqliteStore::open(&aside).unwrap();
    assert!(old.key(story.since.organization, story.since.id).await.unwrap().is_some());
    let new = SqliteStore::open(&crashed).unwrap();
    assert!(new.key(story.since.organization, story.since.id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_backup_can_be_restored_where_nothing_was() {
    let story = Story::tell().await;
    let fresh = Place::new();
    let restored = restore(&story.backup, &fresh.database(), KeysAfterRestore::Keep).unwrap();
    assert_eq!(restored.moved_aside, None);
    assert_eq!(fresh.files(), ["keywright.db"]);
    assert!(fresh.open().key(story.before.organization, story.before.id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_restore_that_fails_leaves_everything_as_it_was() {
    let story = Story::tell().await;
    let bad = story.place.path("bad.db");
    std::fs::write(&bad, "no backup").unwrap();
    let before = story.place.files();
    assert!(restore(&bad, &story.place.database(), KeysAfterRestore::Keep).is_err());
    assert_eq!(story.place.files(), before);

    let aside = story.place.path(&format!("keywright.db.before-restore-{}", later(50).as_millis()));
    std::fs::write(&aside, "in the way").unwrap();
    let error = restore(&story.backup, &story.place.database(), KeysAfterRestore::Keep).unwrap_err();
    assert!(matches!(error, BackupError::Exists(_)), "{error}");
    let world = World::counting_from(Arc::new(story.place.open()), 1_000_000);
    assert!(world.is_revoked(&story.before).await);
    assert_eq!(world.store.prune(Revision::ZERO, NOW).await.map_err(|error| error.to_string()), Ok(()));
}
