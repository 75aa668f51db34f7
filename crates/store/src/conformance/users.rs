//! People.

use std::sync::Arc;

use keywright_domain::MemberRole;

use super::world::{World, later, nobody};
use crate::{Applied, Change, Command, Refusal, Revision, Store, UniqueField, User, UserChanges};

pub async fn a_user_is_stored_as_they_were_given(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.add_user().await;
    assert_eq!(world.store.user(user.id).await.unwrap(), Some(user.clone()));
    let email = user.email.clone().unwrap();
    assert_eq!(world.store.user_by_email(&email).await.unwrap(), Some(user));
    assert_eq!(world.store.user(nobody()).await.unwrap(), None);
    assert_eq!(world.store.user_by_email("nobody@example.com").await.unwrap(), None);
}

pub async fn addresses_are_unique_but_may_be_missing(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.add_user().await;
    let twin = User { email: user.email.clone(), ..world.user() };
    assert_eq!(world.one(Command::CreateUser(twin)).await, Err(Refusal::NotUnique(UniqueField::Email)));
    let twin = User { id: user.id, ..world.user() };
    assert_eq!(world.one(Command::CreateUser(twin)).await, Err(Refusal::NotUnique(UniqueField::Identity)));
    for _ in 0..2 {
        let nameless = User { email: None, password_hash: None, ..world.user() };
        assert_eq!(world.one(Command::CreateUser(nameless)).await, Ok(Applied::Done));
    }
}

pub async fn only_what_changes_of_a_user_changes(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (old, other) = (world.add_user().await, world.add_user().await);
    let update = |id, unchanged_since, changes| Command::UpdateUser { id, unchanged_since, changes };
    let changes = || UserChanges {
        password_hash: Change::Set(Some("$argon2id$other".to_owned())),
        must_change_password: Change::Set(false),
        should_change_password: Change::Set(false),
        is_onboarded: Change::Set(true),
        ..UserChanges::default()
    };
    assert_eq!(world.one(update(nobody(), Revision(1), changes())).await, Err(Refusal::NotFound));
    assert_eq!(world.one(update(old.id, other.revision, changes())).await, Err(Refusal::Changed));
    let taken = UserChanges { email: Change::Set(other.email), ..UserChanges::default() };
    let refused = world.one(update(old.id, old.revision, taken)).await;
    assert_eq!(refused, Err(Refusal::NotUnique(UniqueField::Email)));

    let outcome = world.batch_at(later(3), vec![update(old.id, old.revision, changes())]).await;
    let new = User {
        password_hash: Some("$argon2id$other".to_owned()),
        must_change_password: false,
        should_change_password: false,
        is_onboarded: true,
        updated_at: later(3),
        revision: outcome.revision.unwrap(),
        ..old
    };
    assert_eq!(world.store.user(new.id).await.unwrap(), Some(new));
}

pub async fn of_two_changes_decided_upon_the_same_state_one_is_refused(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.add_user().await;
    let update = |name: &str| Command::UpdateUser {
        id: user.id,
        unchanged_since: user.revision,
        changes: UserChanges { name: Change::Set(name.to_owned()), ..UserChanges::default() },
    };
    let outcome = world.batch(vec![update("first"), update("second")]).await;
    assert_eq!(outcome.outcomes, [Ok(Applied::Done), Err(Refusal::Changed)]);
    assert_eq!(world.store.user(user.id).await.unwrap().unwrap().name, "first");
}

pub async fn a_new_name_shows_in_memberships(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let member = world.add_member(organization, MemberRole::Viewer).await;
    let user = world.store.user(member.user).await.unwrap().unwrap();
    let changes = UserChanges { name: Change::Set("Renamed".to_owned()), ..UserChanges::default() };
    let revision = world
        .done(Command::UpdateUser { id: user.id, unchanged_since: user.revision, changes })
        .await
        .unwrap();
    let member = world.store.member(organization, member.id).await.unwrap().unwrap();
    assert_eq!((member.user_name.as_str(), member.revision), ("Renamed", revision));
}

pub async fn the_built_in_user_is_the_one_without_an_address(store: Arc<dyn Store>) {
    let world = World::new(store);
    world.add_user().await;
    assert_eq!(world.store.root_user().await.unwrap(), None);
    let nameless = || User { email: None, ..world.user() };
    let (oldest, younger) = (nameless(), nameless());
    for user in [&younger, &oldest] {
        world.done(Command::CreateUser(user.clone())).await;
    }
    let root = world.store.root_user().await.unwrap().unwrap();
    assert_eq!(root.id, oldest.id);
}
