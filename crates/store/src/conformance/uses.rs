//! Last uses of keys.

use std::sync::Arc;

use super::world::{World, address, later, nobody};
use crate::{KeyUse, Store};

fn used(seconds: i64, agent: &str) -> KeyUse {
    KeyUse { at: later(seconds), address: Some(address("192.0.2.9")), agent: Some(agent.to_owned()) }
}

pub async fn the_later_use_stays(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let (key, other) = (world.add_key(organization, owner).await, world.add_key(organization, owner).await);
    world
        .store
        .record_uses(vec![
            (key.id, used(20, "second")),
            (other.id, used(1, "other")),
            (key.id, used(10, "first")),
        ])
        .await
        .unwrap();
    assert_eq!(world.stored(&key).await.last_use, Some(used(20, "second")));
    assert_eq!(world.stored(&other).await.last_use, Some(used(1, "other")));
    world.store.record_uses(vec![(key.id, used(20, "same time"))]).await.unwrap();
    assert_eq!(world.stored(&key).await.last_use, Some(used(20, "second")));
    let unknown_address = KeyUse { at: later(30), address: None, agent: None };
    world.store.record_uses(vec![(key.id, unknown_address.clone())]).await.unwrap();
    assert_eq!(world.stored(&key).await.last_use, Some(unknown_address));
}

pub async fn a_use_takes_no_revision_and_leaves_the_key_as_it_is(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let key = world.add_key(organization, owner).await;
    let before = world.revision().await;
    world.store.record_uses(vec![(key.id, used(1, "a"))]).await.unwrap();
    world.store.record_uses(Vec::new()).await.unwrap();
    assert_eq!(world.stored(&key).await.key, key);
    assert_eq!(world.revision().await.0, before.0 + 1);
}

pub async fn a_use_of_an_unknown_key_disturbs_no_other(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let key = world.add_key(organization, owner).await;
    world.store.record_uses(vec![(nobody(), used(1, "a")), (key.id, used(2, "b"))]).await.unwrap();
    assert_eq!(world.stored(&key).await.last_use, Some(used(2, "b")));
}
