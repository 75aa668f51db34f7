//! Commands that are carried out only while something holds.

use std::sync::Arc;

use keywright_domain::MemberRole;

use super::world::{World, nobody, plain};
use crate::{
    Applied, Change, Command, Condition, KeyChanges, KeyOwner, KeyRecord, KeySelector, Refusal, Revision,
    Store, User,
};

/// Makes a user if a condition holds.
fn make(user: &User, condition: Condition) -> Command {
    let then = Box::new(Command::CreateUser(user.clone()));
    Command::If { conditions: vec![condition], then }
}

/// Whether a condition holds; what is refused leaves nothing behind.
async fn holds(world: &World, condition: Condition) -> Result<(), Refusal> {
    let user = world.user();
    let outcome = world.one(make(&user, condition)).await;
    assert_eq!(world.store.user(user.id).await.unwrap().is_some(), outcome.is_ok());
    outcome.map(|applied| assert_eq!(applied, Applied::Done))
}

const GONE: Result<(), Refusal> = Err(Refusal::CredentialGone);

pub async fn a_key_is_in_force_until_it_is_revoked_or_switched_off(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let (revoked, disabled) =
        (world.add_key(organization, owner).await, world.add_key(organization, owner).await);
    for key in [&revoked, &disabled] {
        assert_eq!(holds(&world, Condition::KeyInForce(key.id)).await, Ok(()));
    }
    let which = KeySelector { ids: Some(vec![revoked.id]), ..KeySelector::default() };
    world.done(Command::RevokeKeys { organization, which }).await;
    let changes = Box::new(KeyChanges { enabled: Change::Set(false), ..KeyChanges::default() });
    let (id, unchanged_since) = (disabled.id, disabled.revision);
    world.done(Command::UpdateKey { organization, id, unchanged_since, changes }).await;
    for id in [revoked.id, disabled.id, nobody()] {
        assert_eq!(holds(&world, Condition::KeyInForce(id)).await, GONE);
    }
}

pub async fn a_key_is_in_force_while_its_owner_is(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let member = world.add_member(organization, MemberRole::Viewer).await;
    let account = world.add_service_account(organization).await;
    let theirs = world.add_key(organization, KeyOwner::User(member.user)).await.id;
    let its = world.add_key(organization, KeyOwner::ServiceAccount(account.id)).await.id;
    for key in [theirs, its] {
        assert_eq!(holds(&world, Condition::KeyInForce(key)).await, Ok(()));
    }
    let set = |enabled| Command::SetServiceAccountEnabled { organization, id: account.id, enabled };
    world.done(set(false)).await;
    assert_eq!(holds(&world, Condition::KeyInForce(its)).await, GONE);
    world.done(set(true)).await;
    assert_eq!(holds(&world, Condition::KeyInForce(its)).await, Ok(()));
    let (id, unchanged_since) = (member.id, member.revision);
    world.done(Command::DeleteMember { organization, id, unchanged_since }).await;
    assert_eq!(holds(&world, Condition::KeyInForce(theirs)).await, GONE);
}

pub async fn a_session_is_open_until_it_is_ended(store: Arc<dyn Store>) {
    let world = World::new(store);
    let session = world.session(world.add_user().await.id);
    world.done(Command::CreateSession(session.clone())).await;
    assert_eq!(holds(&world, Condition::SessionOpen(session.id)).await, Ok(()));
    world.done(Command::DeleteSession(session.id)).await;
    assert_eq!(holds(&world, Condition::SessionOpen(session.id)).await, GONE);
}

pub async fn a_service_account_is_as_it_was_seen(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let account = world.add_service_account(organization).await;
    let seen = |revision| Condition::ServiceAccountUnchanged(organization, account.id, revision);
    assert_eq!(holds(&world, seen(account.revision)).await, Ok(()));
    assert_eq!(holds(&world, seen(Revision::ZERO)).await, Err(Refusal::Changed));
    world.done(Command::DeleteServiceAccount { organization, id: account.id }).await;
    assert_eq!(holds(&world, seen(account.revision)).await, Err(Refusal::NotFound));
}

pub async fn what_an_earlier_command_of_the_batch_did_counts(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let key: KeyRecord = world.add_key(organization, owner).await;
    let (before, after) = (world.user(), world.user());
    let which = KeySelector { ids: Some(vec![key.id]), ..KeySelector::default() };
    let in_force = Condition::KeyInForce(key.id);
    let outcome = world
        .batch(vec![
            make(&before, in_force),
            Command::RevokeKeys { organization, which },
            make(&after, in_force),
        ])
        .await;
    assert_eq!(outcome.outcomes, [Ok(Applied::Done), Ok(Applied::Count(1)), Err(Refusal::CredentialGone)]);
    assert!(world.store.user(after.id).await.unwrap().is_none());
}

pub async fn every_condition_must_hold_and_counting_still_writes_nothing(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let key = world.add_key(organization, owner).await.id;
    let count = |conditions| {
        let which = KeySelector { every: true, count_only: true, ..KeySelector::default() };
        Command::If { conditions, then: Box::new(Command::RevokeKeys { organization, which }) }
    };
    let two = vec![Condition::KeyInForce(key), Condition::KeyInForce(nobody())];
    assert_eq!(world.one(count(two)).await, Err(Refusal::CredentialGone));
    assert_eq!(world.one(count(Vec::new())).await, Ok(Applied::Count(1)));
    let mut asked = plain(count(vec![Condition::KeyInForce(key)]));
    asked.audit.push(world.event(organization, "apiKey.revoke"));
    assert_eq!(world.audited(asked).await, Ok(Applied::Count(1)));
    assert_eq!(world.audited_actions(organization).await, [] as [&str; 0]);
}
