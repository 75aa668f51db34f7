//! Declared permissions.

use std::sync::Arc;

use keywright_domain::{OrganizationId, Verb};

use super::world::{NOW, World, later, nobody};
use crate::{Applied, Command, DeclaredPermission, Refusal, Store};

fn put(organization: OrganizationId, name: &str) -> Command {
    Command::PutPermission { organization, permission: World::permission(name, Verb::Read) }
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
    let revision =
        world.done(Command::PutPermission { organization, permission: changed.clone() }).await.unwrap();
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
