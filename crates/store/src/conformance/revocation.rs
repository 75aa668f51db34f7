//! Revoking keys by what they have in common.

use std::sync::Arc;

use keywright_domain::OrganizationId;

use super::world::{NOW, World, later, nobody};
use crate::{Applied, Command, KeyOwner, KeyRecord, KeySelector, KeyStep, Refusal, Revision, Store};

fn revoke(organization: OrganizationId, which: KeySelector) -> Command {
    Command::RevokeKeys { organization, which }
}

/// Four keys of one organization that differ in what a selector can name, and one of another.
struct Keys {
    organization: OrganizationId,
    plain: KeyRecord,
    of_another_owner: KeyRecord,
    for_customer: KeyRecord,
    later: KeyRecord,
    elsewhere: KeyRecord,
}

impl Keys {
    async fn add(world: &World) -> Self {
        let (organization, owner) = world.add_owner().await;
        let other = KeyOwner::ServiceAccount(world.add_service_account(organization).await.id);
        let (elsewhere, other_owner) = world.add_owner().await;
        let for_customer = |key: KeyRecord| KeyRecord { external_id: Some("customer".to_owned()), ..key };
        Self {
            organization,
            plain: world.add_key(organization, owner).await,
            of_another_owner: world.add_key(organization, other).await,
            for_customer: world.add(for_customer(world.key(organization, owner))).await,
            later: world.add(KeyRecord { created_at: later(10), ..world.key(organization, owner) }).await,
            elsewhere: world.add(for_customer(world.key(elsewhere, other_owner))).await,
        }
    }

    /// Which are revoked, in the order of the fields.
    async fn revoked(&self, world: &World) -> [bool; 5] {
        let mut revoked = [false; 5];
        let keys = [&self.plain, &self.of_another_owner, &self.for_customer, &self.later, &self.elsewhere];
        for (revoked, key) in revoked.iter_mut().zip(keys) {
            *revoked = world.is_revoked(key).await;
        }
        revoked
    }
}

pub async fn no_condition_matches_no_key(store: Arc<dyn Store>) {
    let world = World::new(store);
    let keys = Keys::add(&world).await;
    for which in [KeySelector::default(), KeySelector { ids: Some(Vec::new()), ..KeySelector::default() }] {
        let outcome = world.batch(vec![revoke(keys.organization, which)]).await;
        assert_eq!((outcome.revision, outcome.outcomes), (None, vec![Ok(Applied::Count(0))]));
    }
    assert_eq!(keys.revoked(&world).await, [false; 5]);
}

pub async fn every_key_of_the_organization(store: Arc<dyn Store>) {
    let world = World::new(store);
    let keys = Keys::add(&world).await;
    let every = || KeySelector { every: true, ..KeySelector::default() };
    let outcome = world.batch_at(later(99), vec![revoke(keys.organization, every())]).await;
    assert_eq!(outcome.outcomes, [Ok(Applied::Count(4))]);
    assert_eq!(keys.revoked(&world).await, [true, true, true, true, false]);
    let key = world.stored(&keys.plain).await.key;
    let expected = KeyRecord {
        revoked_at: Some(later(99)),
        updated_at: later(99),
        revision: outcome.revision.unwrap(),
        ..keys.plain
    };
    assert_eq!(key, expected);
    let again = world.batch_at(later(100), vec![revoke(keys.organization, every())]).await;
    assert_eq!((again.revision, again.outcomes), (None, vec![Ok(Applied::Count(0))]), "they are so already");
    assert_eq!(world.stored(&expected).await.key, expected);
}

pub async fn by_owner(store: Arc<dyn Store>) {
    let world = World::new(store);
    let keys = Keys::add(&world).await;
    let which = KeySelector { owner: Some(keys.of_another_owner.owner), ..KeySelector::default() };
    assert_eq!(world.one(revoke(keys.organization, which)).await, Ok(Applied::Count(1)));
    assert_eq!(keys.revoked(&world).await, [false, true, false, false, false]);
}

pub async fn by_customer(store: Arc<dyn Store>) {
    let world = World::new(store);
    let keys = Keys::add(&world).await;
    let which = KeySelector { external_id: Some("customer".to_owned()), ..KeySelector::default() };
    assert_eq!(world.one(revoke(keys.organization, which)).await, Ok(Applied::Count(1)));
    assert_eq!(keys.revoked(&world).await, [false, false, true, false, false]);
}

pub async fn by_age(store: Arc<dyn Store>) {
    let world = World::new(store);
    let keys = Keys::add(&world).await;
    let before = |at| KeySelector { created_before: Some(at), ..KeySelector::default() };
    assert_eq!(world.one(revoke(keys.organization, before(NOW))).await, Ok(Applied::Count(0)));
    assert_eq!(world.one(revoke(keys.organization, before(later(10)))).await, Ok(Applied::Count(3)));
    assert_eq!(keys.revoked(&world).await, [true, true, true, false, false]);
}

pub async fn by_id_each_once_and_only_in_the_organization(store: Arc<dyn Store>) {
    let world = World::new(store);
    let keys = Keys::add(&world).await;
    let ids = vec![keys.plain.id, keys.plain.id, keys.elsewhere.id, nobody(), keys.later.id];
    let which = KeySelector { ids: Some(ids), ..KeySelector::default() };
    let count = KeySelector { count_only: true, ..which.clone() };
    assert_eq!(world.one(revoke(keys.organization, count)).await, Ok(Applied::Count(2)));
    assert_eq!(keys.revoked(&world).await, [false; 5], "they were only counted");
    assert_eq!(world.one(revoke(keys.organization, which)).await, Ok(Applied::Count(2)));
    assert_eq!(keys.revoked(&world).await, [true, false, false, true, false]);
}

pub async fn all_conditions_must_hold(store: Arc<dyn Store>) {
    let world = World::new(store);
    let keys = Keys::add(&world).await;
    let which = KeySelector {
        owner: Some(keys.plain.owner),
        created_before: Some(later(10)),
        ids: Some(vec![keys.plain.id, keys.of_another_owner.id, keys.later.id]),
        every: true,
        ..KeySelector::default()
    };
    assert_eq!(world.one(revoke(keys.organization, which)).await, Ok(Applied::Count(1)));
    assert_eq!(keys.revoked(&world).await, [true, false, false, false, false]);
}

pub async fn an_owner_is_told_apart_by_kind(store: Arc<dyn Store>) {
    let world = World::new(store);
    let keys = Keys::add(&world).await;
    let KeyOwner::ServiceAccount(id) = keys.plain.owner else { unreachable!("a service account owns it") };
    let user_of_the_same_id = KeyOwner::User(keywright_domain::UserId::from_uuid(id.uuid()));
    let which = KeySelector { owner: Some(user_of_the_same_id), ..KeySelector::default() };
    assert_eq!(world.one(revoke(keys.organization, which)).await, Ok(Applied::Count(0)));
}

pub async fn what_is_revoked_in_a_refused_command_is_not(store: Arc<dyn Store>) {
    let world = World::new(store);
    let keys = Keys::add(&world).await;
    let every = KeySelector { every: true, ..KeySelector::default() };
    let refused = Command::UpdateUser {
        id: nobody(),
        unchanged_since: Revision::ZERO,
        changes: crate::UserChanges::default(),
    };
    let outcome = world.batch(vec![Command::All(vec![revoke(keys.organization, every), refused])]).await;
    assert_eq!((outcome.revision, outcome.outcomes), (None, vec![Err(Refusal::NotFound)]));
    assert_eq!(keys.revoked(&world).await, [false; 5]);
}

pub async fn step_by_step_in_the_order_of_ids(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let other = world.add_service_account(organization).await;
    let (mut keys, mut others) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        keys.push(world.add_key(organization, owner).await);
        others.push(world.add_key(organization, KeyOwner::ServiceAccount(other.id)).await);
    }
    let mut after = None;
    for (count, last) in [(2, Some(1)), (2, Some(3)), (1, Some(4)), (0, None)] {
        let step = Some(KeyStep { after, at_most: 2, spared: None });
        let which = KeySelector { owner: Some(owner), step, ..KeySelector::default() };
        let last = last.map(|last: usize| keys[last].id);
        let outcome = world.one(Command::RevokeKeys { organization, which }).await;
        assert_eq!(outcome, Ok(Applied::Step(count, last)));
        for key in &keys {
            let is_past = last.or(after).is_some_and(|last| key.id <= last);
            assert_eq!(world.is_revoked(key).await, is_past);
        }
        after = last.or(after);
    }
    for key in &others {
        assert!(!world.is_revoked(key).await, "another owner's");
    }
    let spared = world.add_key(organization, owner).await;
    let step = Some(KeyStep { after: None, at_most: 2, spared: Some(spared.id) });
    let which = KeySelector { owner: Some(owner), step, ..KeySelector::default() };
    assert_eq!(world.one(Command::RevokeKeys { organization, which }).await, Ok(Applied::Step(0, None)));
    let step = Some(KeyStep { after: None, at_most: 3, spared: None });
    let other = Some(KeyOwner::ServiceAccount(other.id));
    let which = KeySelector { owner: other, step, count_only: true, ..KeySelector::default() };
    assert_eq!(
        world.one(Command::RevokeKeys { organization, which }).await,
        Ok(Applied::Count(3)),
        "of five"
    );
    let which = KeySelector { owner: Some(owner), counted_before: 5, ..KeySelector::default() };
    assert_eq!(world.one(Command::RevokeKeys { organization, which }).await, Ok(Applied::Count(6)));
    let step = Some(KeyStep { after: None, at_most: 2, spared: None });
    let which = KeySelector { step, ..KeySelector::default() };
    assert_eq!(world.one(Command::RevokeKeys { organization, which }).await, Ok(Applied::Step(0, None)));
}
