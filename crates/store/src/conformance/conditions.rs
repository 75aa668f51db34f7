//! Commands that are carried out only while something holds.

use std::sync::Arc;

use keywright_domain::{Digest, MemberRole};

use super::world::{World, later, nobody, plain};
use crate::{
    Applied, Change, Command, Condition, KeyChanges, KeyOwner, KeyRecord, KeySelector, MemberChanges,
    Refusal, Revision, Store, User, UserChanges,
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

/// A key that is in the store, with what is stored of its secret.
async fn add(world: &World, key: KeyRecord) -> (KeyRecord, Digest) {
    let key = world.add(key).await;
    let secret = world.store.key_secrets(key.id).await.unwrap().remove(0);
    (key, secret.digest)
}

pub async fn a_key_is_in_force_until_it_is_revoked_switched_off_or_expired(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let (revoked, revoked_secret) = add(&world, world.key(organization, owner)).await;
    let (disabled, disabled_secret) = add(&world, world.key(organization, owner)).await;
    for (key, secret) in [(&revoked, revoked_secret), (&disabled, disabled_secret)] {
        assert_eq!(holds(&world, Condition::KeyInForce(key.id, secret)).await, Ok(()));
    }
    let which = KeySelector { ids: Some(vec![revoked.id]), ..KeySelector::default() };
    world.done(Command::RevokeKeys { organization, which }).await;
    let changes = Box::new(KeyChanges { enabled: Change::Set(false), ..KeyChanges::default() });
    let (id, unchanged_since) = (disabled.id, disabled.revision);
    world.done(Command::UpdateKey { organization, id, unchanged_since, changes }).await;
    for (id, secret) in
        [(revoked.id, revoked_secret), (disabled.id, disabled_secret), (nobody(), disabled_secret)]
    {
        assert_eq!(holds(&world, Condition::KeyInForce(id, secret)).await, GONE);
    }
    let short = KeyRecord { expires_at: Some(later(5)), ..world.key(organization, owner) };
    let (short, secret) = add(&world, short).await;
    let condition = Condition::KeyInForce(short.id, secret);
    assert_eq!(world.one_at(later(4), make(&world.user(), condition)).await, Ok(Applied::Done));
    assert_eq!(world.one_at(later(5), make(&world.user(), condition)).await, Err(Refusal::CredentialGone));
}

pub async fn a_key_is_in_force_by_a_secret_that_still_works(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let (key, first) = add(&world, world.key(organization, owner)).await;
    let (_, others) = add(&world, world.key(organization, owner)).await;
    assert_eq!(holds(&world, Condition::KeyInForce(key.id, others)).await, GONE);
    let secret = world.secret();
    let second = secret.digest;
    let (id, unchanged_since) = (key.id, key.revision);
    let supersede_at = later(5);
    world.done(Command::RotateKey { organization, id, unchanged_since, secret, supersede_at }).await;
    let at = async |seconds, secret| {
        world.one_at(later(seconds), make(&world.user(), Condition::KeyInForce(key.id, secret))).await
    };
    assert_eq!([at(4, first).await, at(4, second).await], [Ok(Applied::Done), Ok(Applied::Done)]);
    assert_eq!([at(5, first).await, at(5, second).await], [Err(Refusal::CredentialGone), Ok(Applied::Done)]);
}

pub async fn a_key_is_in_force_while_its_owner_is(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let member = world.add_member(organization, MemberRole::Viewer).await;
    let account = world.add_service_account(organization).await;
    let theirs = add(&world, world.key(organization, KeyOwner::User(member.user))).await;
    let its = add(&world, world.key(organization, KeyOwner::ServiceAccount(account.id))).await;
    let [theirs, its] = [theirs, its].map(|(key, secret)| Condition::KeyInForce(key.id, secret));
    for key in [theirs, its] {
        assert_eq!(holds(&world, key).await, Ok(()));
    }
    let set = |enabled| Command::SetServiceAccountEnabled { organization, id: account.id, enabled };
    world.done(set(false)).await;
    assert_eq!(holds(&world, its).await, GONE);
    world.done(set(true)).await;
    assert_eq!(holds(&world, its).await, Ok(()));
    let (id, unchanged_since) = (member.id, member.revision);
    world.done(Command::DeleteMember { organization, id, unchanged_since }).await;
    assert_eq!(holds(&world, theirs).await, GONE);
}

pub async fn a_session_is_open_until_it_ends_or_the_membership_does(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, other) = (world.add_organization().await.id, world.add_organization().await.id);
    let member = world.add_member(organization, MemberRole::Viewer).await;
    let begin = async || {
        let session = world.session(member.user);
        world.done(Command::CreateSession(session.clone())).await;
        session
    };
    let (ended, lasting) = (begin().await, begin().await);
    assert_eq!(holds(&world, Condition::SessionOpen(ended.id, organization)).await, Ok(()));
    assert_eq!(holds(&world, Condition::SessionOpen(ended.id, other)).await, GONE);
    world.done(Command::DeleteSession(ended.id)).await;
    assert_eq!(holds(&world, Condition::SessionOpen(ended.id, organization)).await, GONE);
    let open = Condition::SessionOpen(lasting.id, organization);
    assert_eq!(world.one_at(later(3599), make(&world.user(), open)).await, Ok(Applied::Done));
    assert_eq!(world.one_at(later(3600), make(&world.user(), open)).await, Err(Refusal::CredentialGone));
    let (id, unchanged_since) = (member.id, member.revision);
    world.done(Command::DeleteMember { organization, id, unchanged_since }).await;
    assert_eq!(holds(&world, open).await, GONE);
}

pub async fn an_organization_is_set_up_once_and_for_all(store: Arc<dyn Store>) {
    let world = World::new(store);
    let not_yet = |organization| holds(&world, Condition::NotSetUp(organization));
    assert_eq!(not_yet(nobody()).await, Err(Refusal::SetUpAlready), "what is not there is not set up either");
    // Neither the built-in user, nor an owner who is only invited, nor another member sets it up.
    let organization = world.add_organization().await.id;
    let nameless = User { email: None, ..world.user() };
    world.done(Command::CreateUser(nameless.clone())).await;
    world.done(Command::CreateMember(world.member(organization, &nameless, MemberRole::Owner))).await;
    let invited = world.add_user().await;
    let invited =
        crate::Member { accepted_at: None, ..world.member(organization, &invited, MemberRole::Owner) };
    world.done(Command::CreateMember(invited.clone())).await;
    let viewer = world.add_member(organization, MemberRole::Viewer).await;
    assert_eq!(not_yet(organization).await, Ok(()));
    assert_eq!(world.store.organization(organization).await.unwrap().unwrap().set_up_at, None);
    // The first owner who can sign in does, however it comes about, and it stays when they leave.
    world.batch_at(later(7), vec![Command::AcceptMembership { organization, id: invited.id }]).await;
    assert_eq!(not_yet(organization).await, Err(Refusal::SetUpAlready));
    let member = world.store.member(organization, invited.id).await.unwrap().unwrap();
    let (id, unchanged_since) = (member.id, member.revision);
    world.done(Command::DeleteMember { organization, id, unchanged_since }).await;
    assert_eq!(not_yet(organization).await, Err(Refusal::SetUpAlready));
    let stored = world.store.organization(organization).await.unwrap().unwrap();
    assert_eq!(stored.set_up_at, Some(later(7)));

    let promoted = world.add_organization().await.id;
    let admin = world.add_member(promoted, MemberRole::Admin).await;
    assert_eq!(not_yet(promoted).await, Ok(()));
    let (id, unchanged_since) = (admin.id, admin.revision);
    let changes = MemberChanges { role: Change::Set(MemberRole::Owner), ..MemberChanges::default() };
    world.done(Command::UpdateMember { organization: promoted, id, unchanged_since, changes }).await;
    assert_eq!(not_yet(promoted).await, Err(Refusal::SetUpAlready));
    let made = world.add_organization().await.id;
    world.add_member(made, MemberRole::Owner).await;
    assert_eq!(not_yet(made).await, Err(Refusal::SetUpAlready));
    assert_ne!(viewer.organization, made);
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

pub async fn a_person_is_unchanged_until_they_are_written(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.user();
    world.done(Command::CreateUser(user.clone())).await;
    let user = world.store.user(user.id).await.unwrap().unwrap();
    let seen = |revision| Condition::UserUnchanged(user.id, revision);
    assert_eq!(holds(&world, seen(user.revision)).await, Ok(()));
    let changes = UserChanges { name: Change::Set("another".to_owned()), ..UserChanges::default() };
    world.done(Command::UpdateUser { id: user.id, unchanged_since: user.revision, changes }).await;
    assert_eq!(holds(&world, seen(user.revision)).await, Err(Refusal::Changed));
    assert_eq!(
        holds(&world, Condition::UserUnchanged(world.user().id, user.revision)).await,
        Err(Refusal::NotFound)
    );
}

pub async fn what_an_earlier_command_of_the_batch_did_counts(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let (key, secret) = add(&world, world.key(organization, owner)).await;
    let (before, after) = (world.user(), world.user());
    let which = KeySelector { ids: Some(vec![key.id]), ..KeySelector::default() };
    let in_force = Condition::KeyInForce(key.id, secret);
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
    let (key, secret) = add(&world, world.key(organization, owner)).await;
    let in_force = Condition::KeyInForce(key.id, secret);
    let count = |conditions| {
        let which = KeySelector { every: true, count_only: true, ..KeySelector::default() };
        Command::If { conditions, then: Box::new(Command::RevokeKeys { organization, which }) }
    };
    let two = vec![in_force, Condition::KeyInForce(nobody(), secret)];
    assert_eq!(world.one(count(two)).await, Err(Refusal::CredentialGone));
    assert_eq!(world.one(count(Vec::new())).await, Ok(Applied::Count(1)));
    let mut asked = plain(count(vec![in_force]));
    asked.audit.push(world.event(organization, "apiKey.revoke"));
    assert_eq!(world.audited(asked).await, Ok(Applied::Count(1)));
    assert_eq!(world.audited_actions(organization).await, [] as [&str; 0]);
}
