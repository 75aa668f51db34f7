//! The feed of changes: pages, what has gone, what was forgotten.

use std::sync::Arc;

use keywright_domain::{MemberRole, Verb};

use super::replica::{Replica, follow, load};
use super::world::{NOW, World, later};
use crate::{ChangePage, ChangedRow, Command, KeyOwner, KeySelector, OrganizationChanges, Revision, Store};

/// A page: its rows as short texts, the revision it reaches, and whether there is more.
async fn page(world: &World, after: Revision, limit: usize) -> (Vec<&'static str>, Revision, bool) {
    match world.store.changes_since(after, limit).await.unwrap() {
        ChangePage::Rows { rows, through, more } => (rows.iter().map(kind).collect(), through, more),
        ChangePage::LoadAnew => panic!("changes after {after:?} are forgotten"),
    }
}

const fn kind(row: &ChangedRow) -> &'static str {
    match row {
        ChangedRow::Organization(_) => "organization",
        ChangedRow::Permissions(..) => "permissions",
        ChangedRow::Role(_) => "role",
        ChangedRow::RoleGone(..) => "role gone",
        ChangedRow::Member(_) => "member",
        ChangedRow::MemberGone(..) => "member gone",
        ChangedRow::ServiceAccount(_) => "service account",
        ChangedRow::Key(..) => "key",
        ChangedRow::SigningKeys(_) => "signing keys",
    }
}

async fn is_forgotten(world: &World, after: Revision) -> bool {
    matches!(world.store.changes_since(after, 100).await.unwrap(), ChangePage::LoadAnew)
}

pub async fn pages_end_at_the_ends_of_revisions(store: Arc<dyn Store>) {
    let world = World::new(store);
    let create =
        |count: usize| (0..count).map(|_| Command::CreateOrganization(world.organization())).collect();
    for count in [1, 3, 1, 2] {
        world.batch(create(count)).await;
    }
    for (after, limit, rows, through, more) in [
        (0, 100, 7, 4, false),
        (0, 7, 7, 4, false),
        (0, 6, 5, 3, true),
        (0, 4, 4, 2, true),
        (0, 3, 1, 1, true),
        // A revision with more rows than the page comes whole.
        (1, 1, 3, 2, true),
        (1, 2, 3, 2, true),
        (1, 0, 3, 2, true),
        (3, 1, 2, 4, false),
        (4, 1, 0, 4, false),
    ] {
        let (found, reached, further) = page(&world, Revision(after), limit).await;
        assert_eq!((found.len(), reached, further), (rows, Revision(through), more), "{after} {limit}");
    }
}

pub async fn a_revision_without_replicated_rows_is_reached(store: Arc<dyn Store>) {
    let world = World::new(store);
    world.add_organization().await;
    world.add_user().await;
    let last = world.revision().await;
    assert_eq!(page(&world, Revision::ZERO, 1).await, (vec!["organization"], last, false));
    assert_eq!(page(&world, Revision(1), 1).await, (vec![], last, false));
}

pub async fn a_row_comes_once_and_as_it_is_now(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await;
    let mut revision = organization.revision;
    for name in ["first", "second"] {
        let changes = OrganizationChanges { name: crate::Change::Set(name.to_owned()), ..Default::default() };
        let id = organization.id;
        revision =
            world.done(Command::UpdateOrganization { id, unchanged_since: revision, changes }).await.unwrap();
    }
    let ChangePage::Rows { rows, through, .. } =
        world.store.changes_since(Revision::ZERO, 100).await.unwrap()
    else {
        panic!("nothing was forgotten");
    };
    assert_eq!(through, revision);
    let [ChangedRow::Organization(row)] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row.name.as_str(), row.revision), ("second", revision));
}

pub async fn every_kind_of_change_is_told(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let member = world.add_member(organization, MemberRole::Viewer).await;
    let account = world.add_service_account(organization).await;
    let key = world.add_key(organization, KeyOwner::ServiceAccount(account.id)).await;
    let theirs = world.add_key(organization, KeyOwner::User(member.user)).await;
    let role = world.role(organization, "ops");
    let name = "a.read".to_owned();
    let rotate = Command::RotateKey {
        organization,
        id: key.id,
        unchanged_since: key.revision,
        secret: world.secret(),
        supersede_at: NOW,
    };
    let permission = World::permission(&name, Verb::Read);
    let one = KeySelector { ids: Some(vec![theirs.id]), ..KeySelector::default() };
    let (id, unchanged_since) = (member.id, member.revision);
    for (command, expected) in [
        (Command::PutPermission { organization, known_verb: None, permission }, vec!["permissions"]),
        (Command::DeletePermission { organization, name }, vec!["permissions"]),
        (Command::CreateRole(role.clone()), vec!["role"]),
        (Command::DeleteRole { organization, id: role.id }, vec!["role gone"]),
        (rotate, vec!["key"]),
        (Command::RevokeKeys { organization, which: one }, vec!["key"]),
        (Command::DeleteMember { organization, id, unchanged_since }, vec!["member gone"]),
        (Command::DeleteServiceAccount { organization, id: account.id }, vec!["key", "service account"]),
        (Command::AddSigningKey(World::signing_key(1)), vec!["signing keys"]),
        (Command::DropSigningKeysBefore(2), vec!["signing keys"]),
        (Command::CreateUser(world.user()), vec![]),
    ] {
        let what = format!("{command:?}");
        let revision = world.done(command).await.unwrap();
        let (mut rows, through, more) = page(&world, Revision(revision.0 - 1), 100).await;
        rows.sort_unstable();
        assert_eq!((rows, through, more), (expected, revision, false), "{what}");
    }
}

pub async fn what_has_gone_is_named(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let member = world.add_member(organization, MemberRole::Viewer).await;
    let role = world.role(organization, "ops");
    world.done(Command::CreateRole(role.clone())).await;
    let mut replica = Replica::default();
    let reached = follow(&world.store, &mut replica, Revision::ZERO, 100).await;
    assert_eq!((replica.roles.len(), replica.members.len()), (1, 1));
    world.done(Command::DeleteRole { organization, id: role.id }).await;
    let (id, unchanged_since) = (member.id, member.revision);
    world.done(Command::DeleteMember { organization, id, unchanged_since }).await;
    follow(&world.store, &mut replica, reached, 100).await;
    assert_eq!((replica.roles.len(), replica.members.len()), (0, 0));
}

pub async fn what_was_pruned_must_be_loaded_anew(store: Arc<dyn Store>) {
    let world = World::new(store);
    for _ in 0..5 {
        world.add_organization().await;
    }
    world.store.prune(Revision(3), NOW).await.unwrap();
    assert!(is_forgotten(&world, Revision(2)).await);
    assert!(is_forgotten(&world, Revision::ZERO).await);
    let (rows, through, _) = page(&world, Revision(3), 100).await;
    assert_eq!((rows.len(), through), (2, Revision(5)));
    // Pruning never goes back, nor ahead of what there is.
    world.store.prune(Revision(1), NOW).await.unwrap();
    assert!(is_forgotten(&world, Revision(2)).await);
    world.store.prune(Revision(99), NOW).await.unwrap();
    assert!(is_forgotten(&world, Revision(4)).await);
    assert_eq!(page(&world, Revision(5), 100).await, (vec![], Revision(5), false));
    assert_eq!(load(&world.store).await.0.organizations.len(), 5);
}

pub async fn a_follower_ahead_of_the_store_must_load_anew(store: Arc<dyn Store>) {
    let world = World::new(store);
    let revision = world.revision().await;
    assert!(!is_forgotten(&world, revision).await);
    assert!(is_forgotten(&world, Revision(revision.0 + 1)).await);
}

pub async fn old_batches_and_answers_are_forgotten(store: Arc<dyn Store>) {
    let world = World::new(store);
    let mut written = Vec::new();
    for seconds in [0, 10] {
        let (id, record) = (world.id(), world.answer(later(seconds)));
        let command = crate::AuditedCommand {
            command: Command::Note,
            audit: Vec::new(),
            idempotency: Some(record.clone()),
        };
        let batch = crate::Batch { id, now: later(seconds), commands: vec![command] };
        world.store.commit(batch).await.unwrap();
        written.push((id, record.digest));
    }
    world.store.prune(Revision::ZERO, later(10)).await.unwrap();
    for (place, there) in [(0, false), (1, true)] {
        let (id, digest) = written[place];
        assert_eq!(world.store.find_batch(id).await.unwrap().is_some(), there);
        assert_eq!(world.store.idempotency(digest).await.unwrap().is_some(), there);
    }
}

pub async fn sessions_and_links_that_ended_are_forgotten(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.add_user().await.id;
    let organization = world.add_organization().await.id;
    let mut made = Vec::new();
    for seconds in [5, 10] {
        let session = crate::Session { expires_at: later(seconds), ..world.session(user) };
        let link = world.link(organization, crate::LinkPurpose::SetUp);
        let link = crate::LinkToken { expires_at: later(seconds), ..link };
        world.done(Command::CreateSession(session.clone())).await;
        world.done(Command::CreateLinkToken(link.clone())).await;
        made.push((session.digest, link.digest));
    }
    world.store.prune(Revision::ZERO, later(10)).await.unwrap();
    for ((session, link), there) in made.into_iter().zip([false, true]) {
        assert_eq!(world.store.session(session).await.unwrap().is_some(), there);
        assert_eq!(world.store.link_token(link).await.unwrap().is_some(), there);
    }
}
