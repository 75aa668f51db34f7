//! Signing keys: added one after another, forgotten.

use std::sync::Arc;

use super::replica::load;
use super::world::World;
use crate::{Applied, Command, Refusal, SealedSigningKey, Store, UniqueField};

async fn add(world: &World, position: i64) -> SealedSigningKey {
    let mut row = World::signing_key(position);
    row.revision = world.done(Command::AddSigningKey(row.clone())).await.unwrap();
    row
}

pub async fn a_signing_key_is_stored_as_it_was_given(store: Arc<dyn Store>) {
    let world = World::new(store);
    assert_eq!(world.store.signing_keys().await.unwrap(), []);
    let (first, second) = (add(&world, 1).await, add(&world, 2).await);
    assert_eq!(world.store.signing_keys().await.unwrap(), [first.clone(), second.clone()]);
    assert_eq!(load(&world.store).await.0.signing_keys, [first, second]);
}

pub async fn each_takes_the_place_after_the_last(store: Arc<dyn Store>) {
    let world = World::new(store);
    let taken = Err(Refusal::NotUnique(UniqueField::Identity));
    assert_eq!(world.one(Command::AddSigningKey(World::signing_key(2))).await, taken);
    let first = add(&world, 1).await;
    for position in [0, 1, 3] {
        let row = SealedSigningKey { public: [9; 32], ..World::signing_key(position) };
        assert_eq!(world.one(Command::AddSigningKey(row)).await, taken, "{position}");
    }
    assert_eq!(world.store.signing_keys().await.unwrap(), [first]);
}

pub async fn of_several_that_are_made_at_once_one_is_taken(store: Arc<dyn Store>) {
    let worlds: Vec<World> =
        (0..8).map(|node| World::counting_from(Arc::clone(&store), node * 1_000)).collect();
    let made = worlds.into_iter().zip(1..).map(|(world, node)| {
        let row = SealedSigningKey { public: [node; 32], ..World::signing_key(1) };
        tokio::spawn(async move { world.one(Command::AddSigningKey(row)).await.is_ok() })
    });
    let mut taken = 0;
    for one in made.collect::<Vec<_>>() {
        taken += usize::from(one.await.unwrap());
    }
    assert_eq!(taken, 1);
    assert_eq!(store.signing_keys().await.unwrap().len(), 1);
}

pub async fn those_before_a_place_are_forgotten(store: Arc<dyn Store>) {
    let world = World::new(store);
    for position in 1..=3 {
        add(&world, position).await;
    }
    assert_eq!(world.one(Command::DropSigningKeysBefore(3)).await, Ok(Applied::Done));
    let left: Vec<i64> = world.store.signing_keys().await.unwrap().iter().map(|key| key.position).collect();
    assert_eq!(left, [3]);
    // What there is no more is not done again, and takes no revision.
    assert_eq!(world.done(Command::DropSigningKeysBefore(3)).await, None);
    add(&world, 4).await;
}
