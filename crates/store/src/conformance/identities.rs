//! Identities of people.

use std::sync::Arc;

use keywright_domain::UserId;

use super::world::{NOW, World, nobody};
use crate::{Applied, Command, Condition, LinkedIdentity, Refusal, Store, UniqueField};

fn identity(world: &World, user: UserId, issuer: &str, subject: &str) -> LinkedIdentity {
    let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
    LinkedIdentity { id: world.id(), user, issuer, subject, created_at: NOW }
}

pub async fn an_identity_is_found_by_what_its_issuer_calls_it(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (user, other) = (world.add_user().await.id, world.add_user().await.id);
    let first = identity(&world, user, "https://b.example", "1");
    let second = identity(&world, user, "https://a.example", "1");
    let others = identity(&world, other, "https://b.example", "2");
    for one in [&first, &second, &others] {
        assert_eq!(world.done(Command::LinkIdentity(one.clone())).await, None, "it takes no revision");
    }
    let find = async |issuer, subject| world.store.identity(issuer, subject).await.unwrap();
    assert_eq!(find("https://b.example", "1").await, Some(first.clone()));
    assert_eq!(find("https://b.example", "2").await, Some(others));
    assert_eq!(find("https://a.example", "2").await, None);
    assert_eq!(find("https://B.example", "1").await, None, "letters differ by case");
    assert_eq!(world.store.identities_of(user).await.unwrap(), [second, first]);
}

pub async fn an_identity_is_one_persons_and_one_of_its_issuers(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (user, other) = (world.add_user().await.id, world.add_user().await.id);
    let link = async |user, subject| {
        world.one(Command::LinkIdentity(identity(&world, user, "https://a.example", subject))).await
    };
    assert_eq!(link(user, "1").await, Ok(Applied::Done));
    let taken = Err(Refusal::NotUnique(UniqueField::LinkedIdentity));
    assert_eq!(link(other, "1").await, taken);
    assert_eq!(link(user, "2").await, taken);
    assert_eq!(link(nobody(), "3").await, Err(Refusal::NotFound));
}

pub async fn an_identity_is_taken_off_by_its_person_and_signs_nobody_in_then(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (user, other) = (world.add_user().await.id, world.add_user().await.id);
    let one = identity(&world, user, "https://a.example", "1");
    world.done(Command::LinkIdentity(one.clone())).await;
    let while_linked = async |user| {
        let conditions = vec![Condition::IdentityLinked(one.id, user)];
        world.one(Command::If { conditions, then: Box::new(Command::Note) }).await
    };
    assert_eq!(while_linked(user).await, Ok(Applied::Done));
    assert_eq!(while_linked(other).await, Err(Refusal::CredentialGone));
    let unlink = async |user| world.one(Command::UnlinkIdentity { user, id: one.id }).await;
    assert_eq!(unlink(other).await, Err(Refusal::NotFound), "it is somebody else's");
    assert_eq!(unlink(user).await, Ok(Applied::Done));
    assert_eq!(unlink(user).await, Err(Refusal::NotFound));
    assert_eq!(while_linked(user).await, Err(Refusal::CredentialGone));
    assert_eq!(world.store.identity("https://a.example", "1").await.unwrap(), None);
}
