//! Roles.

use std::sync::Arc;

use super::world::{ALL, World, later, nobody};
use crate::{
    Applied, Change, Command, PageRequest, Refusal, Revision, Role, RoleChanges, Store, UniqueField,
};

async fn add(world: &World, mut row: Role) -> Role {
    row.revision = world.done(Command::CreateRole(row.clone())).await.unwrap();
    row
}

pub async fn a_role_is_stored_as_it_was_given(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let role = add(&world, world.role(organization, "ops")).await;
    let empty = add(&world, Role { permissions: Vec::new(), ..world.role(organization, "none") }).await;
    assert_eq!(world.store.role(organization, role.id).await.unwrap(), Some(role.clone()));
    assert_eq!(world.store.role(organization, empty.id).await.unwrap(), Some(empty));
    assert_eq!(world.store.role(nobody(), role.id).await.unwrap(), None);
}

pub async fn names_are_unique_in_an_organization(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let role = add(&world, world.role(organization, "ops")).await;
    let other = add(&world, world.role(organization, "dev")).await;
    add(&world, world.role(world.add_organization().await.id, "ops")).await;
    let taken = Err(Refusal::NotUnique(UniqueField::Name));
    assert_eq!(world.one(Command::CreateRole(world.role(organization, "ops"))).await, taken);
    let changes = RoleChanges { name: Change::Set("ops".to_owned()), ..RoleChanges::default() };
    let rename = Command::UpdateRole { organization, id: other.id, unchanged_since: other.revision, changes };
    assert_eq!(world.one(rename).await, taken);
    assert_eq!(world.one(Command::CreateRole(world.role(nobody(), "ops"))).await, Err(Refusal::NotFound));
    world.done(Command::DeleteRole { organization, id: role.id }).await;
    add(&world, world.role(organization, "ops")).await;
}

pub async fn a_role_is_changed_only_as_it_was_seen(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let old = add(&world, world.role(organization, "ops")).await;
    let update = |id, unchanged_since| Command::UpdateRole {
        organization,
        id,
        unchanged_since,
        changes: RoleChanges {
            description: Change::Set(None),
            permissions: Change::Set(vec!["all".parse().unwrap()]),
            ..RoleChanges::default()
        },
    };
    assert_eq!(world.one(update(nobody(), old.revision)).await, Err(Refusal::NotFound));
    assert_eq!(world.one(update(old.id, Revision::ZERO)).await, Err(Refusal::Changed));
    let outcome = world.batch_at(later(2), vec![update(old.id, old.revision)]).await;
    let new = Role {
        description: None,
        permissions: vec!["all".parse().unwrap()],
        updated_at: later(2),
        revision: outcome.revision.unwrap(),
        ..old
    };
    assert_eq!(world.store.role(organization, new.id).await.unwrap(), Some(new));
}

pub async fn a_deleted_role_is_gone(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let role = add(&world, world.role(organization, "ops")).await;
    let delete = |organization| Command::DeleteRole { organization, id: role.id };
    assert_eq!(world.one(delete(nobody())).await, Err(Refusal::NotFound));
    assert_eq!(world.one(delete(organization)).await, Ok(Applied::Done));
    assert_eq!(world.one(delete(organization)).await, Err(Refusal::NotFound));
    assert_eq!(world.store.role(organization, role.id).await.unwrap(), None);
}

pub async fn roles_are_listed_by_name(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    for name in ["delta", "alpha", "echo", "bravo", "charlie"] {
        add(&world, world.role(organization, name)).await;
    }
    add(&world, world.role(world.add_organization().await.id, "zulu")).await;
    let two = PageRequest { limit: 2, ..ALL };
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let page = world.store.roles(organization, PageRequest { after, ..two.clone() }).await.unwrap();
        names.extend(page.items.iter().map(|role| role.name.clone()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(names, ["alpha", "bravo", "charlie", "delta", "echo"]);
    let skipped = world.store.roles(organization, PageRequest { offset: 4, ..two }).await.unwrap();
    assert_eq!((skipped.items.len(), skipped.next), (1, None));
}
