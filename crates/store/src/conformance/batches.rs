//! Batches: revisions, isolation of commands, being found again.

use std::sync::Arc;

use super::world::{NOW, World, no_batch, plain};
use crate::{Applied, Batch, Command, Refusal, Revision, Store, UniqueField};

pub async fn a_refused_command_leaves_its_neighbours(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (first, second, third) = (world.organization(), world.organization(), world.organization());
    let mut twin = world.organization();
    twin.slug.clone_from(&first.slug);
    let outcome = world
        .batch(vec![
            Command::CreateOrganization(first.clone()),
            Command::CreateOrganization(twin.clone()),
            Command::CreateOrganization(second.clone()),
            Command::All(vec![
                Command::CreateOrganization(third.clone()),
                Command::CreateOrganization(twin.clone()),
            ]),
        ])
        .await;
    let taken = Err(Refusal::NotUnique(UniqueField::Slug));
    assert_eq!(outcome.outcomes, [Ok(Applied::Done), taken.clone(), Ok(Applied::Done), taken]);
    for (id, there) in [(first.id, true), (second.id, true), (twin.id, false), (third.id, false)] {
        assert_eq!(world.store.organization(id).await.unwrap().is_some(), there);
    }
}

pub async fn revisions_are_contiguous_and_batches_are_found_again(store: Arc<dyn Store>) {
    let world = World::new(store);
    for expected in 1..=5 {
        let id = world.id();
        let commands = vec![plain(Command::CreateOrganization(world.organization()))];
        let outcome = world.store.commit(Batch { id, now: NOW, commands }).await.unwrap();
        assert_eq!(outcome.revision, Some(Revision(expected)));
        assert_eq!(world.store.find_batch(id).await.unwrap(), outcome.revision);
    }
    assert_eq!(world.store.find_batch(no_batch()).await.unwrap(), None);
}
