//! The bulk load: keys go straight into an index that nobody reads yet.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use keywright_domain::OrganizationId;
use keywright_store::{
    ChangedRow, KeyOwner, LoadSink, LoadedKey, LoadedSecret, PolicyText, SecretSink, StoreError,
};

use super::details::Details;
use super::entitlement::Entitlement;
use super::policy::PolicySource;
use super::{Index, SHARDS, shard_of};

/// Entitlements that one thread remembers. Keys that all have one of their own must not fill the memory twice.
const REMEMBERED: usize = 4096;

/// One thread's way into the index.
pub(crate) struct IndexLoad {
    index: Arc<Index>,
    known: Known,
}

impl IndexLoad {
    pub(crate) fn new(index: Arc<Index>) -> Self {
        Self { index, known: Known::default() }
    }
}

impl LoadSink for IndexLoad {
    fn expect_keys(&mut self, count: usize) {
        // Digests are uniform: a shard gets its share and hardly ever a sixteenth more.
        let share = count / SHARDS;
        for shard in &self.index.shards {
            shard.write().reserve(share + share / 16);
        }
    }

    fn row(&mut self, row: ChangedRow) {
        self.index.apply(row);
    }

    fn secrets(&mut self) -> Option<&mut dyn SecretSink> {
        Some(self)
    }

    /// Keys come through several threads at once: each goes to the shard of its digest.
    fn fork(&self) -> Option<Box<dyn LoadSink>> {
        Some(Box::new(Self::new(Arc::clone(&self.index))))
    }
}

impl SecretSink for IndexLoad {
    fn secret(&mut self, key: &LoadedKey<'_>, secret: &LoadedSecret<'_>) -> Result<(), StoreError> {
        let Some(entitlement) = self.known.entitlement(&self.index, key)? else {
            // The store loads organizations first.
            tracing::error!(organization = %key.organization, "a key of an unknown organization was passed over");
            return Ok(());
        };
        match secret.key_prefix {
            Some(prefix) if self.index.is_prefix_in_use(prefix) => {}
            Some(prefix) => self.index.prefixes.add(&prefix.parse().map_err(|_| unreadable("prefix"))?),
            None => self.index.holds_foreign.store(true, Ordering::Release),
        }
        let mut details = Details::of(key.name, key.external_id, key.policy.metadata);
        details.expires_at = key.expires_at;
        details.revoked_at = [key.revoked_at, secret.superseded_at].into_iter().flatten().min();
        details.enabled = key.enabled;
        let mut shard = self.index.shards[shard_of(&secret.digest)].write();
        shard.put(secret.digest, key.id, entitlement, &details);
        Ok(())
    }
}

/// Entitlements by what was read of them. Reading permissions costs more than all else of a key, and most keys were
/// given what the key before them was given.
#[derive(Default)]
struct Known {
    last: Option<(Of, Arc<Entitlement>)>,
    by_text: HashMap<Of, Arc<Entitlement>>,
    /// What is looked up, made here so that its memory is used again.
    sought: Of,
}

/// What an entitlement is made of.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
struct Of {
    /// The policy, as the store wrote it down, without the metadata.
    policy: String,
    organization: Option<OrganizationId>,
    owner: Option<KeyOwner>,
    for_customer: bool,
}

impl Known {
    /// The entitlement of a key; `None` when its organization is unknown.
    fn entitlement(
        &mut self,
        index: &Index,
        key: &LoadedKey<'_>,
    ) -> Result<Option<Arc<Entitlement>>, StoreError> {
        let policy = PolicyText { metadata: None, ..key.policy };
        self.sought.policy.clear();
        policy.append_to(&mut self.sought.policy);
        self.sought.organization = Some(key.organization);
        self.sought.owner = Some(key.owner);
        self.sought.for_customer = key.external_id.is_some();
        if let Some(metadata) = key.policy.metadata {
            let read = serde_json::from_str::<serde::de::IgnoredAny>(metadata);
            if read.is_err() || !metadata.starts_with('{') {
                return Err(unreadable("metadata"));
            }
        }
        if let Some((of, entitlement)) = &self.last
            && *of == self.sought
        {
            return Ok(Some(Arc::clone(entitlement)));
        }
        let entitlement = match self.by_text.get(&self.sought) {
            Some(known) => Arc::clone(known),
            None => {
                let Some(organization) = index.organizations.read().get(&key.organization).cloned() else {
                    return Ok(None);
                };
                let source = PolicySource::of_loaded(policy.read()?, self.sought.for_customer);
                let entitlement = organization.entitle(source, key.owner);
                if self.by_text.len() >= REMEMBERED {
                    self.by_text.clear();
                }
                self.by_text.insert(self.sought.clone(), Arc::clone(&entitlement));
                entitlement
            }
        };
        match &mut self.last {
            Some((of, last)) => {
                of.clone_from(&self.sought);
                last.clone_from(&entitlement);
            }
            None => self.last = Some((self.sought.clone(), Arc::clone(&entitlement))),
        }
        Ok(Some(entitlement))
    }
}

fn unreadable(what: &str) -> StoreError {
    StoreError::Corrupt { reason: format!("a key's {what} cannot be read") }
}
