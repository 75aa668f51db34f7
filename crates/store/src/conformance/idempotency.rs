//! Idempotent requests.

use std::sync::Arc;
use std::time::Duration;

use super::world::{NOW, World, plain};
use crate::{Applied, AuditedCommand, Batch, Command, IdempotencyRecord, KeySelector, Refusal, Store};

const DAY: Duration = Duration::from_hours(24);

fn asked(command: Command, record: &IdempotencyRecord) -> AuditedCommand {
    AuditedCommand { idempotency: Some(record.clone()), ..plain(command) }
}

pub async fn a_request_is_carried_out_once(store: Arc<dyn Store>) {
    let world = World::new(store);
    let record = world.answer(NOW);
    assert_eq!(world.audited(asked(Command::CreateUser(world.user()), &record)).await, Ok(Applied::Done));
    let again = world.user();
    let replayed = world.audited(asked(Command::CreateUser(again.clone()), &record)).await;
    assert_eq!(replayed, Err(Refusal::AlreadyAnswered(Box::new(record))));
    assert_eq!(world.store.user(again.id).await.unwrap(), None);
}

pub async fn the_first_answer_is_given_whatever_is_asked_next(store: Arc<dyn Store>) {
    let world = World::new(store);
    let first = world.answer(NOW);
    world.audited(asked(Command::Note, &first)).await.unwrap();
    let other_body = IdempotencyRecord { body: world.digest(), answer: "other".to_owned(), ..first.clone() };
    let replayed = world.audited(asked(Command::Note, &other_body)).await;
    assert_eq!(replayed, Err(Refusal::AlreadyAnswered(Box::new(first))));
}

pub async fn twins_in_one_batch_are_carried_out_once(store: Arc<dyn Store>) {
    let world = World::new(store);
    let record = world.answer(NOW);
    let (first, second) = (world.user(), world.user());
    let commands = vec![
        asked(Command::CreateUser(first.clone()), &record),
        asked(Command::CreateUser(second.clone()), &record),
    ];
    let outcome = world.store.commit(Batch { id: world.id(), now: NOW, commands }).await.unwrap();
    assert_eq!(outcome.outcomes, [Ok(Applied::Done), Err(Refusal::AlreadyAnswered(Box::new(record)))]);
    assert!(world.store.user(first.id).await.unwrap().is_some());
    assert!(world.store.user(second.id).await.unwrap().is_none());
}

pub async fn a_refused_request_may_be_tried_again(store: Arc<dyn Store>) {
    let world = World::new(store);
    let record = world.answer(NOW);
    let (organization, owner) = world.add_owner().await;
    let taken = world.add_key(organization, owner).await;
    let create = |key| Command::CreateKey { key, secret: world.secret() };
    assert!(world.audited(asked(create(taken), &record)).await.is_err());
    let free = world.key(organization, owner);
    assert_eq!(world.audited(asked(create(free), &record)).await, Ok(Applied::Done));
}

pub async fn a_record_counts_for_a_day(store: Arc<dyn Store>) {
    let world = World::new(store);
    let record = world.answer(NOW);
    let at = async |now, record: &IdempotencyRecord| {
        let commands = vec![asked(Command::Note, record)];
        let batch = Batch { id: world.id(), now, commands };
        world.store.commit(batch).await.unwrap().outcomes.remove(0)
    };
    assert_eq!(at(NOW, &record).await, Ok(Applied::Done));
    let end = NOW.plus(DAY);
    let anew = IdempotencyRecord { created_at: end, answer: "anew".to_owned(), ..record.clone() };
    let last_millisecond = end.minus(Duration::from_millis(1));
    assert!(matches!(at(last_millisecond, &anew).await, Err(Refusal::AlreadyAnswered(_))));
    assert_eq!(at(end, &anew).await, Ok(Applied::Done));
    assert_eq!(world.store.idempotency(record.digest).await.unwrap(), Some(anew), "the old one is replaced");
}

pub async fn a_count_is_the_answer_of_a_command_that_counts(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    for _ in 0..3 {
        world.add_key(organization, owner).await;
    }
    let record = IdempotencyRecord { answer: String::new(), ..world.answer(NOW) };
    let which = KeySelector { every: true, ..KeySelector::default() };
    let revoke = Command::RevokeKeys { organization, which };
    assert_eq!(world.audited(asked(revoke, &record)).await, Ok(Applied::Count(3)));
    let stored = world.store.idempotency(record.digest).await.unwrap().unwrap();
    assert_eq!(stored, IdempotencyRecord { answer: "3".to_owned(), ..record });
}

pub async fn counting_alone_writes_nothing(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    world.add_key(organization, owner).await;
    let before = world.revision().await;
    let which = KeySelector { every: true, count_only: true, ..KeySelector::default() };
    let record = world.answer(NOW);
    let command = AuditedCommand {
        command: Command::RevokeKeys { organization, which },
        audit: vec![world.event(organization, "apiKey.revoke")],
        idempotency: Some(record.clone()),
    };
    let id = world.id();
    let outcome = world.store.commit(Batch { id, now: NOW, commands: vec![command] }).await.unwrap();
    assert_eq!((outcome.revision, outcome.outcomes), (None, vec![Ok(Applied::Count(1))]));
    assert_eq!(world.store.find_batch(id).await.unwrap(), None);
    assert_eq!(world.store.idempotency(record.digest).await.unwrap(), None);
    assert_eq!(world.audited_actions(organization).await, [] as [&str; 0]);
    assert_eq!(world.revision().await.0, before.0 + 1);
}

pub async fn who_is_not_in_force_any_more_is_told_no_earlier_answer(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let account = match owner {
        crate::KeyOwner::ServiceAccount(id) => id,
        crate::KeyOwner::User(_) => unreachable!("the owner is a service account"),
    };
    let key = world.add_key(organization, owner).await;
    let secret = world.store.key_secrets(key.id).await.unwrap().remove(0).digest;
    let record = world.answer(NOW);
    let revision = world.store.service_account(organization, account).await.unwrap().unwrap().revision;
    let ask = || {
        let conditions = vec![
            crate::Condition::ServiceAccountUnchanged(organization, account, revision),
            crate::Condition::KeyInForce(key.id, secret),
        ];
        let then = Command::UpdateServiceAccount {
            organization,
            id: account,
            unchanged_since: revision,
            changes: crate::ServiceAccountChanges::default(),
        };
        asked(Command::If { conditions, then: Box::new(then) }, &record)
    };
    assert_eq!(world.audited(ask()).await, Ok(Applied::Done));
    // What was done then has changed what it rested on; it is answered again all the same.
    assert_eq!(world.audited(ask()).await, Err(Refusal::AlreadyAnswered(Box::new(record.clone()))));
    let which = KeySelector { ids: Some(vec![key.id]), ..KeySelector::default() };
    world.done(Command::RevokeKeys { organization, which }).await;
    assert_eq!(world.audited(ask()).await, Err(Refusal::CredentialGone));
}
