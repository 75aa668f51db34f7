//! Keys: made, changed, given new secrets.

use std::sync::Arc;

use keywright_domain::{
    Budget, IpAllowlist, KeyPrefix, MAX_CREDITS, MemberRole, RateLimit, Refill, RefillInterval, RoleId, Verb,
    VerbSet,
};

use super::world::{NOW, World, later, nobody};
use crate::{
    Applied, Change, Command, KeyChanges, KeyOwner, KeyRecord, KeySecret, KeySelector, Refusal, Revision,
    Store, StoredGrants, UniqueField,
};

/// A key that has something in every field.
pub(super) fn full(world: &World, key: KeyRecord) -> KeyRecord {
    let metadata = serde_json::json!({"plan": "gold", "seats": 5, "tags": ["ü", null]});
    KeyRecord {
        description: Some("Everything is set".to_owned()),
        grants: StoredGrants::Listed(vec!["asset:read".parse().unwrap(), "apikey:revoke".parse().unwrap()]),
        verbs: [Verb::Read, Verb::Manage].into_iter().collect(),
        roles: vec![world.id(), world.id()],
        external_id: Some("customer-1".to_owned()),
        metadata: metadata.as_object().cloned(),
        allowlist: IpAllowlist::parse(&["192.0.2.0/24", "2001:db8::/32"]).unwrap(),
        rate_limits: vec![RateLimit { name: "default".to_owned(), limit: 10, window_seconds: 60 }],
        credits: Some(Budget {
            remaining: MAX_CREDITS,
            refill: Some(Refill { amount: 5, interval: RefillInterval::Monthly }),
            low_threshold: Some(3),
            since: later(-1),
        }),
        enabled: false,
        expires_at: Some(later(60)),
        created_by: Some(world.id::<()>().uuid()),
        ..key
    }
}

pub async fn a_key_is_stored_as_it_was_given(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let member = world.add_member(organization, MemberRole::Viewer).await;
    let plain = world.key(organization, KeyOwner::User(member.user));
    let nothing_granted = KeyRecord {
        grants: StoredGrants::Listed(Vec::new()),
        verbs: VerbSet::NONE,
        ..world.key(organization, owner)
    };
    let largest = KeyRecord { number: (1 << 53) - 1, ..full(&world, world.key(organization, owner)) };
    for mut key in [plain, nothing_granted, largest] {
        let secret = world.secret();
        let create = Command::CreateKey { key: key.clone(), secret: secret.clone() };
        key.revision = world.done(create).await.unwrap();
        let listing = world.stored(&key).await;
        assert_eq!(listing.key, key);
        assert_eq!((&listing.shown_prefix, &listing.last_use), (&secret.shown_prefix, &None));
        assert_eq!(world.store.key_by_number(organization, key.number).await.unwrap(), Some(listing));
        assert_eq!(world.store.key_secrets(key.id).await.unwrap(), [secret]);
        assert_eq!(world.store.key(nobody(), key.id).await.unwrap(), None, "another organization's");
        assert_eq!(world.store.key_by_number(nobody(), key.number).await.unwrap(), None);
    }
    assert_eq!(world.store.key(organization, nobody()).await.unwrap(), None);
    assert_eq!(world.store.key_secrets(nobody()).await.unwrap(), []);
}

pub async fn an_imported_secret_needs_no_prefix(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let key = world.key(organization, owner);
    let secret = KeySecret { key_prefix: None, shown_prefix: None, ..world.secret() };
    world.done(Command::CreateKey { key: key.clone(), secret: secret.clone() }).await;
    assert_eq!(world.stored(&key).await.shown_prefix, None);
    assert_eq!(world.store.key_secrets(key.id).await.unwrap(), [secret]);
}

pub async fn ids_numbers_and_secrets_are_unique(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let key = world.add_key(organization, owner).await;
    let digest = world.store.key_secrets(key.id).await.unwrap()[0].digest;
    let fresh = || world.key(organization, owner);
    for (key, secret, field) in [
        (KeyRecord { id: key.id, ..fresh() }, world.secret(), UniqueField::Identity),
        (KeyRecord { number: key.number, ..fresh() }, world.secret(), UniqueField::Identity),
        (fresh(), KeySecret { digest, ..world.secret() }, UniqueField::Secret),
    ] {
        let id = key.id;
        let stored = world.store.key(organization, id).await.unwrap();
        let outcome = world.one(Command::CreateKey { key, secret }).await;
        assert_eq!(outcome, Err(Refusal::NotUnique(field)));
        assert_eq!(world.store.key(organization, id).await.unwrap(), stored, "nothing of it is left");
    }
    let secret = KeySecret { digest, ..world.secret() };
    let rotate = Command::RotateKey {
        organization,
        id: key.id,
        unchanged_since: key.revision,
        secret,
        supersede_at: NOW,
    };
    assert_eq!(world.one(rotate).await, Err(Refusal::NotUnique(UniqueField::Secret)));
    assert_eq!(world.store.key_secrets(key.id).await.unwrap()[0].superseded_at, None);
}

pub async fn a_key_needs_an_owner_that_is_there(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let (elsewhere, others) = world.add_owner().await;
    let stranger = world.add_member(elsewhere, MemberRole::Owner).await;
    let deleted = world.add_service_account(organization).await;
    world.done(Command::DeleteServiceAccount { organization, id: deleted.id }).await;
    let mut invited = world.member(organization, &world.add_user().await, MemberRole::Owner);
    invited.accepted_at = None;
    world.done(Command::CreateMember(invited.clone())).await;
    for owner in [
        KeyOwner::ServiceAccount(nobody()),
        KeyOwner::ServiceAccount(deleted.id),
        others,
        KeyOwner::User(nobody()),
        KeyOwner::User(stranger.user),
        KeyOwner::User(invited.user),
    ] {
        let create = Command::CreateKey { key: world.key(organization, owner), secret: world.secret() };
        assert_eq!(world.one(create).await, Err(Refusal::OwnerGone), "{owner:?}");
    }
    world.done(Command::AcceptMembership { organization, id: invited.id }).await;
    world.add_key(organization, KeyOwner::User(invited.user)).await;
}

pub async fn only_what_changes_of_a_key_changes(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let old = world.add_key(organization, owner).await;
    let new = full(&world, old.clone());
    let update = |key: &KeyRecord, changes| Command::UpdateKey {
        organization,
        id: key.id,
        unchanged_since: key.revision,
        changes: Box::new(changes),
    };
    let everything = KeyChanges {
        name: Change::Set("Renamed".to_owned()),
        description: Change::Set(new.description.clone()),
        grants: Change::Set(new.grants.clone()),
        verbs: Change::Set(new.verbs),
        roles: Change::Set(new.roles.clone()),
        external_id: Change::Set(new.external_id.clone()),
        metadata: Change::Set(new.metadata.clone()),
        allowlist: Change::Set(new.allowlist.clone()),
        rate_limits: Change::Set(new.rate_limits.clone()),
        credits: Change::Set(new.credits.clone()),
        enabled: Change::Set(new.enabled),
        expires_at: Change::Set(new.expires_at),
    };
    let outcome = world.batch_at(later(1), vec![update(&old, everything)]).await;
    let new = KeyRecord {
        name: "Renamed".to_owned(),
        created_by: None,
        updated_at: later(1),
        revision: outcome.revision.unwrap(),
        ..new
    };
    assert_eq!(world.stored(&old).await.key, new);

    let little = KeyChanges { expires_at: Change::Set(None), ..KeyChanges::default() };
    let outcome = world.batch_at(later(2), vec![update(&new, little)]).await;
    let newer =
        KeyRecord { expires_at: None, updated_at: later(2), revision: outcome.revision.unwrap(), ..new };
    assert_eq!(world.stored(&old).await.key, newer);
}

pub async fn a_key_is_changed_only_as_it_was_seen_and_unless_revoked(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let key = world.add_key(organization, owner).await;
    let update = |organization, id, unchanged_since| Command::UpdateKey {
        organization,
        id,
        unchanged_since,
        changes: Box::default(),
    };
    let rotate = |organization, id, unchanged_since| Command::RotateKey {
        organization,
        id,
        unchanged_since,
        secret: world.secret(),
        supersede_at: NOW,
    };
    let mut commands: Vec<(Command, Refusal)> = vec![
        (update(organization, nobody(), key.revision), Refusal::NotFound),
        (update(nobody(), key.id, key.revision), Refusal::NotFound),
        (update(organization, key.id, Revision::ZERO), Refusal::Changed),
        (rotate(organization, nobody(), key.revision), Refusal::NotFound),
        (rotate(nobody(), key.id, key.revision), Refusal::NotFound),
        (rotate(organization, key.id, Revision::ZERO), Refusal::Changed),
    ];
    for (command, refusal) in commands.drain(..) {
        assert_eq!(world.one(command).await, Err(refusal));
    }
    let which = KeySelector { every: true, ..KeySelector::default() };
    let revision = world.done(Command::RevokeKeys { organization, which }).await.unwrap();
    for since in [key.revision, revision] {
        assert_eq!(world.one(update(organization, key.id, since)).await, Err(Refusal::Revoked));
        assert_eq!(world.one(rotate(organization, key.id, since)).await, Err(Refusal::Revoked));
    }
}

/// When each secret of a key ends, newest first.
async fn ends(world: &World, key: &KeyRecord) -> Vec<Option<i64>> {
    let secrets = world.store.key_secrets(key.id).await.unwrap();
    let seconds = |at: keywright_domain::Timestamp| (at.as_millis() - NOW.as_millis()) / 1000;
    secrets.into_iter().map(|secret| secret.superseded_at.map(seconds)).collect()
}

/// Rotates a key at a time, so that the present secret ends at another.
async fn rotate(world: &World, key: &KeyRecord, at: i64, supersede_at: i64) -> KeySecret {
    let secret = KeySecret { created_at: later(at), ..world.secret() };
    let command = Command::RotateKey {
        organization: key.organization,
        id: key.id,
        unchanged_since: world.stored(key).await.key.revision,
        secret: secret.clone(),
        supersede_at: later(supersede_at),
    };
    let outcome = world.batch_at(later(at), vec![command]).await;
    assert_eq!(outcome.outcomes, [Ok(Applied::Done)]);
    let stored = world.stored(key).await;
    assert_eq!((Some(stored.key.revision), stored.key.updated_at), (outcome.revision, later(at)));
    assert_eq!(stored.shown_prefix, secret.shown_prefix, "the newest is shown");
    secret
}

pub async fn a_rotation_keeps_the_present_secret_until_it_is_superseded(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let key = world.add_key(organization, owner).await;
    let secret = rotate(&world, &key, 10, 100).await;
    assert_eq!(world.store.key_secrets(key.id).await.unwrap()[0], secret);
    assert_eq!(ends(&world, &key).await, [None, Some(100)]);
}

pub async fn at_most_two_secrets_live_after_a_rotation(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let key = world.add_key(organization, owner).await;
    rotate(&world, &key, 10, 100).await;
    rotate(&world, &key, 20, 200).await;
    assert_eq!(ends(&world, &key).await, [None, Some(200), Some(20)], "the oldest ends now");
    rotate(&world, &key, 30, 30).await;
    assert_eq!(ends(&world, &key).await, [None, Some(30), Some(30), Some(20)], "all older ones end now");
    rotate(&world, &key, 40, 0).await;
    assert_eq!(ends(&world, &key).await[..2], [None, Some(40)], "a time that is past means now");
}

pub async fn a_secret_never_lives_longer_than_was_said(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let key = world.key(organization, owner);
    let limited = KeySecret { superseded_at: Some(later(50)), ..world.secret() };
    world.done(Command::CreateKey { key: key.clone(), secret: limited }).await;
    rotate(&world, &key, 10, 100).await;
    assert_eq!(ends(&world, &key).await, [None, Some(50)]);
    rotate(&world, &key, 60, 70).await;
    assert_eq!(
        ends(&world, &key).await,
        [None, Some(70), Some(50)],
        "what has ended stays ended when it did"
    );
}

pub async fn a_secret_may_have_another_prefix(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let key = world.key(organization, owner);
    let prefix: KeyPrefix = "acme_live".parse().unwrap();
    let secret = KeySecret { key_prefix: Some(prefix.clone()), ..world.secret() };
    world.done(Command::CreateKey { key: key.clone(), secret }).await;
    assert_eq!(world.store.key_secrets(key.id).await.unwrap()[0].key_prefix, Some(prefix));
}

pub async fn a_key_keeps_roles_that_are_deleted(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let role = world.role(organization, "ops");
    world.done(Command::CreateRole(role.clone())).await;
    let roles: Vec<RoleId> = vec![role.id];
    let key = world.add(KeyRecord { roles, ..world.key(organization, owner) }).await;
    world.done(Command::DeleteRole { organization, id: role.id }).await;
    assert_eq!(world.stored(&key).await.key, key);
}
