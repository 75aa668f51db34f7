//! Declared permissions.

use std::sync::Arc;

use keywright_domain::{OrganizationId, Verb};

use super::world::{NOW, World, later, nobody};
use crate::{Applied, Command, DeclaredPermission, Refusal, Store};

fn put(organization: OrganizationId, name: &str) -> Command {
    let permission = World::permission(name, Verb::Read);
    Command::PutPermission { organization, known_verb: None, permission }
}

async fn names(world: &World, organization: OrganizationId) -> Vec<String> {
    let rows = world.store.permissions(organization).await.unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

pub async fn permissions_keep_the_order_of_their_declaration(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, other) = (world.add_organization().await.id, world.add_organization().await.id);
    for name in ["c.read", "a.read", "b.read"] {
        world.done(put(organization, name)).await;
    }
    world.done(put(other, "z.read")).await;
    assert_eq!(names(&world, organization).await, ["c.read", "a.read", "b.read"]);
    assert_eq!(names(&world, other).await, ["z.read"]);
    assert_eq!(names(&world, nobody()).await, [] as [&str; 0]);
}

pub async fn a_permission_that_is_changed_keeps_its_place_and_birth(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    world.done(put(organization, "a.read")).await;
    world.done(put(organization, "b.read")).await;
    let changed = DeclaredPermission {
        description: "other".to_owned(),
        created_at: later(5),
        updated_at: later(5),
        ..World::permission("a.read", Verb::Manage)
    };
    let put = |known_verb| Command::PutPermission { organization, known_verb, permission: changed.clone() };
    let revision = world.done(put(Some(Verb::Read))).await.unwrap();
    let rows = world.store.permissions(organization).await.unwrap();
    assert_eq!(rows[0], DeclaredPermission { created_at: NOW, revision, ..changed });
    assert_eq!(rows[1].name, "b.read");
}

pub async fn a_permission_that_is_declared_anew_comes_last(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    for name in ["a.read", "b.read"] {
        world.done(put(organization, name)).await;
    }
    for name in ["a.read", "b.read"] {
        let delete = Command::DeletePermission { organization, name: name.to_owned() };
        assert_eq!(world.one(delete).await, Ok(Applied::Done));
    }
    assert_eq!(names(&world, organization).await, [] as [&str; 0]);
    for name in ["b.read", "a.read"] {
        world.done(put(organization, name)).await;
    }
    assert_eq!(names(&world, organization).await, ["b.read", "a.read"]);
}

pub async fn what_is_not_there_is_not_found(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    assert_eq!(world.one(put(nobody(), "a.read")).await, Err(Refusal::NotFound));
    let delete = Command::DeletePermission { organization, name: "a.read".to_owned() };
    assert_eq!(world.one(delete).await, Err(Refusal::NotFound));
}

pub async fn a_permission_is_put_only_as_it_was_known(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let put = |known_verb, verb| {
        let permission = World::permission("a.read", verb);
        Command::PutPermission { organization, known_verb, permission }
    };
    // Two who both declare it first, in one batch: one decides anew.
    let outcome = world.batch(vec![put(None, Verb::Manage), put(None, Verb::Read)]).await;
    assert_eq!(outcome.outcomes, [Ok(Applied::Done), Err(Refusal::Changed)]);
    for known_verb in [None, Some(Verb::Read)] {
        assert_eq!(world.one(put(known_verb, Verb::Read)).await, Err(Refusal::Changed));
    }
    assert_eq!(world.one(put(Some(Verb::Manage), Verb::Update)).await, Ok(Applied::Done));
    let delete = Command::DeletePermission { organization, name: "a.read".to_owned() };
    assert_eq!(world.one(delete).await, Ok(Applied::Done));
    assert_eq!(world.one(put(Some(Verb::Update), Verb::Read)).await, Err(Refusal::Changed));
}
