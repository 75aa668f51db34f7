//! A load of borrowed keys tells the same as one of whole keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use keywright_domain::{KeyId, KeyPrefix, OrganizationId, Timestamp};
use parking_lot::Mutex;

use super::keys::full;
use super::replica::load;
use super::world::{World, later};
use crate::{
    ChangedRow, Command, KeyOwner, KeyRecord, KeySecret, KeySelector, LoadSink, LoadedKey, LoadedPolicy,
    LoadedSecret, SecretSink, Store, StoreError,
};

/// What is told of a secret.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    key: KeyId,
    organization: OrganizationId,
    owner: KeyOwner,
    name: String,
    external_id: Option<String>,
    policy: LoadedPolicy,
    enabled: bool,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    prefix: Option<KeyPrefix>,
    superseded_at: Option<Timestamp>,
}

/// Secrets by digest.
#[derive(Default, Clone)]
struct Borrowing(Arc<Mutex<BTreeMap<[u8; 32], Told>>>);

impl SecretSink for Borrowing {
    fn secret(&mut self, key: &LoadedKey<'_>, secret: &LoadedSecret<'_>) -> Result<(), StoreError> {
        let told = Told {
            key: key.id,
            organization: key.organization,
            owner: key.owner,
            name: key.name.to_owned(),
            external_id: key.external_id.map(str::to_owned),
            policy: key.policy.read()?,
            enabled: key.enabled,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            prefix: secret.key_prefix.map(|prefix| prefix.parse().unwrap()),
            superseded_at: secret.superseded_at,
        };
        let before = self.0.lock().insert(*secret.digest.as_bytes(), told);
        assert!(before.is_none(), "a secret came twice");
        Ok(())
    }
}

impl LoadSink for Borrowing {
    fn expect_keys(&mut self, _count: usize) {}

    fn row(&mut self, row: ChangedRow) {
        assert!(!matches!(row, ChangedRow::Key(..)), "a key came whole");
    }

    fn secrets(&mut self) -> Option<&mut dyn SecretSink> {
        Some(self)
    }

    fn fork(&self) -> Option<Box<dyn LoadSink>> {
        Some(Box::new(self.clone()))
    }
}

fn told(key: &KeyRecord, secret: &KeySecret) -> Told {
    Told {
        key: key.id,
        organization: key.organization,
        owner: key.owner,
        name: key.name.clone(),
        external_id: key.external_id.clone(),
        policy: LoadedPolicy {
            verbs: key.verbs,
            grants: key.grants.clone(),
            roles: key.roles.clone(),
            allowlist: key.allowlist.clone(),
            rate_limits: key.rate_limits.clone(),
            has_credits: key.credits.is_some(),
            metadata: key.metadata.clone(),
        },
        enabled: key.enabled,
        expires_at: key.expires_at,
        revoked_at: key.revoked_at,
        prefix: secret.key_prefix.clone(),
        superseded_at: secret.superseded_at,
    }
}

pub async fn what_comes_borrowed_is_what_comes_whole(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    world.add_key(organization, owner).await;
    world.add(full(&world, world.key(organization, owner))).await;
    let gone = world.add_key(organization, owner).await;
    let which = KeySelector { ids: Some(vec![gone.id]), ..KeySelector::default() };
    world.done(Command::RevokeKeys { organization, which }).await;
    let imported = KeySecret { key_prefix: None, shown_prefix: None, ..world.secret() };
    world.done(Command::CreateKey { key: world.key(organization, owner), secret: imported }).await;
    let mut rotated = world.add_key(organization, owner).await;
    for at in [10, 20] {
        let rotate = Command::RotateKey {
            organization,
            id: rotated.id,
            unchanged_since: rotated.revision,
            secret: world.secret(),
            supersede_at: later(at),
        };
        rotated.revision = world.done(rotate).await.unwrap();
    }
    let borrowing = Borrowing::default();
    let revision = world.store.load(Box::new(borrowing.clone())).await.unwrap();
    let (whole, whole_revision) = load(&world.store).await;
    assert_eq!(revision, whole_revision);
    let mut expected = BTreeMap::new();
    for (key, secrets) in whole.keys.values() {
        for secret in secrets {
            expected.insert(*secret.digest.as_bytes(), told(key, secret));
        }
    }
    assert_eq!(*borrowing.0.lock(), expected);
    assert_eq!(expected.len(), 7);
}

/// Takes no key.
struct Refusing;

impl SecretSink for Refusing {
    fn secret(&mut self, _: &LoadedKey<'_>, _: &LoadedSecret<'_>) -> Result<(), StoreError> {
        Err(StoreError::Corrupt { reason: "this key cannot be right".to_owned() })
    }
}

impl LoadSink for Refusing {
    fn expect_keys(&mut self, _count: usize) {}

    fn row(&mut self, _row: ChangedRow) {}

    fn secrets(&mut self) -> Option<&mut dyn SecretSink> {
        Some(self)
    }
}

pub async fn a_sink_that_refuses_a_key_ends_the_load(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    world.add_key(organization, owner).await;
    let loaded = world.store.load(Box::new(Refusing)).await;
    assert!(matches!(loaded, Err(StoreError::Corrupt { .. })), "{loaded:?}");
}
