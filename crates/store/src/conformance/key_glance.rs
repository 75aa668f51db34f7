//! A glance at keys.

use std::sync::Arc;

use keywright_domain::OrganizationId;

use super::world::{World, key_ids, later};
use crate::{Command, GlanceQuery, KeyOwner, KeyRecord, KeySelector, Store};

const fn glance(organization: OrganizationId) -> GlanceQuery {
    let (at, ending_by) = (later(100), later(200));
    GlanceQuery { organization, owner: None, at, ending_by, limit: 3, look_at: 10 }
}

pub async fn keys_in_force_are_counted_as_far_as_is_looked(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let look = async |query: GlanceQuery| {
        let seen = world.store.key_glance(query).await.unwrap();
        (seen.in_force, seen.is_all)
    };
    assert_eq!(look(glance(organization)).await, (0, true));
    let other = KeyOwner::ServiceAccount(world.add_service_account(organization).await.id);
    let (elsewhere, stranger) = world.add_owner().await;
    world.add_key(elsewhere, stranger).await;
    let lasting = |owner| KeyRecord { enabled: true, expires_at: None, ..world.key(organization, owner) };
    let revoked = world.add(lasting(owner)).await.id;
    world.add(KeyRecord { enabled: false, ..lasting(owner) }).await;
    world.add(KeyRecord { expires_at: Some(later(100)), ..lasting(owner) }).await;
    world.add(KeyRecord { expires_at: Some(later(101)), ..lasting(owner) }).await;
    world.add(lasting(other)).await;
    let which = KeySelector { ids: Some(vec![revoked]), ..KeySelector::default() };
    world.done(Command::RevokeKeys { organization, which }).await;
    assert_eq!(look(glance(organization)).await, (2, true));
    assert_eq!(
        look(GlanceQuery { look_at: 5, ..glance(organization) }).await,
        (2, false),
        "there may be more"
    );
    assert_eq!(look(GlanceQuery { look_at: 1, ..glance(organization) }).await, (1, false), "the newest");
    assert_eq!(look(GlanceQuery { owner: Some(other), ..glance(organization) }).await, (1, true));
}

pub async fn keys_that_end_soon_come_soonest_first(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let other = KeyOwner::ServiceAccount(world.add_service_account(organization).await.id);
    let ending = async |seconds, owner, enabled| {
        let key = KeyRecord { expires_at: Some(later(seconds)), enabled, ..world.key(organization, owner) };
        world.add(key).await.id
    };
    ending(100, owner, true).await;
    let late = ending(200, owner, true).await;
    ending(201, owner, true).await;
    let early = ending(101, other, true).await;
    ending(150, owner, false).await;
    let revoked = ending(151, owner, true).await;
    world.add(KeyRecord { expires_at: None, ..world.key(organization, owner) }).await;
    let which = KeySelector { ids: Some(vec![revoked]), ..KeySelector::default() };
    world.done(Command::RevokeKeys { organization, which }).await;
    let look = async |query| key_ids(&world.store.key_glance(query).await.unwrap().ending);
    assert_eq!(look(glance(organization)).await, [early, late]);
    assert_eq!(look(GlanceQuery { limit: 1, ..glance(organization) }).await, [early]);
    assert_eq!(look(GlanceQuery { owner: Some(owner), ..glance(organization) }).await, [late]);
}

pub async fn no_more_keys_are_looked_at_for_those_that_end_soon(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let other = KeyOwner::ServiceAccount(world.add_service_account(organization).await.id);
    let ending = async |seconds, owner, enabled| {
        let key = KeyRecord { expires_at: Some(later(seconds)), enabled, ..world.key(organization, owner) };
        world.add(key).await.id
    };
    let theirs = ending(190, other, true).await;
    let mine = ending(180, owner, true).await;
    let mut revoked = Vec::new();
    for seconds in 110..114 {
        revoked.push(ending(seconds, owner, true).await);
    }
    for seconds in 114..118 {
        ending(seconds, owner, false).await;
    }
    let which = KeySelector { ids: Some(revoked), ..KeySelector::default() };
    world.done(Command::RevokeKeys { organization, which }).await;
    let look = async |owner, look_at| {
        let query = GlanceQuery { owner, look_at, ..glance(organization) };
        let seen = world.store.key_glance(query).await.unwrap();
        (key_ids(&seen.ending), seen.is_all_ending)
    };
    assert_eq!(look(None, 11).await, (vec![mine, theirs], true));
    assert_eq!(look(None, 9).await, (vec![mine], false), "eight others end before it");
    assert_eq!(look(None, 8).await, (vec![], false), "there may be more");
    assert_eq!(look(Some(owner), 10).await, (vec![mine], true));
    assert_eq!(look(Some(owner), 8).await, (vec![], false), "the newest");
    assert_eq!(look(Some(other), 2).await, (vec![theirs], true), "however many others have");
}
