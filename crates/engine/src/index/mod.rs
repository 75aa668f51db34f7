//! The index: a full replica, in memory, of what can verify.
//!
//! One applier writes it; everybody reads it. Keys stand in shards by their digest; each points at its policy (what it
//! was given, shared by all keys that were given the same) and at its owner (whose ceiling bounds it), so that a change
//! of an owner takes effect on all their keys at once, whatever their number.

mod apply;
mod details;
mod entitlement;
mod interned;
mod load;
mod organization;
mod owner;
mod policy;
mod prefixes;
mod record;
mod shard;
mod table;
mod tally;
mod touched;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use keywright_domain::{Digest, KeyId, KeyShape, OrganizationId, PresentedKey, Timestamp};
use keywright_store::SealedSigningKey;
use parking_lot::{Mutex, RwLock};

pub(crate) use details::Details;
pub use entitlement::KeptText;
pub(crate) use entitlement::{Authority, Entitlement, HeldRights};
pub(crate) use load::IndexLoad;
pub use organization::OrganizationState;
pub use owner::{Ceiling, OwnerState};
pub use policy::{Policy, PolicySource};
use prefixes::Prefixes;
use shard::{Found, Shard};
pub(crate) use tally::CountSink;
pub(crate) use touched::VerbChange;

/// Shards of the key table: a digest's first byte picks one. At ten million keys a shard holds 40,000, so that the longest
/// that anybody waits for one (while it grows) is about a millisecond.
const SHARDS: usize = 256;

/// Their ids are ours: nobody chooses them so that they collide.
type Organizations = HashMap<OrganizationId, Arc<OrganizationState>, foldhash::fast::RandomState>;

/// The replica.
pub(crate) struct Index {
    shards: Box<[RwLock<Shard>]>,
    organizations: RwLock<Organizations>,
    prefixes: Prefixes,
    /// Whether some key is not of our shape (it was imported).
    holds_foreign: AtomicBool,
    /// The key pairs that sign tokens, sealed; oldest first.
    signing_keys: ArcSwap<Vec<SealedSigningKey>>,
    /// The index that this one replaced, while its counts are not all taken.
    predecessor: Mutex<Option<Arc<Index>>>,
}

/// A key that was found, as a decision about it needs it.
pub(crate) struct FoundKey<'a> {
    pub(crate) id: KeyId,
    pub(crate) policy: &'a Arc<Policy>,
    pub(crate) owner: &'a Arc<OwnerState>,
    pub(crate) enabled: bool,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) revoked_at: Option<Timestamp>,
    found: &'a Found<'a>,
}

impl<'a> FoundKey<'a> {
    fn of(found: &'a Found<'a>) -> Self {
        let Found { record, details, .. } = found;
        Self {
            id: record.id,
            policy: &record.entitlement.policy,
            owner: &record.entitlement.owner,
            enabled: details.enabled,
            expires_at: details.expires_at,
            revoked_at: details.revoked_at,
            found,
        }
    }

    /// When the secret that it was found by ends: the key expires, or a rotation replaced the secret.
    pub(crate) fn ends_at(&self) -> Option<Timestamp> {
        self.found.details.ends_at()
    }

    /// The customer it is for.
    pub(crate) fn external_id(&self) -> Option<&'a str> {
        self.found.details.external_id()
    }

    /// What it was given, and whose it is.
    pub(crate) fn entitlement(&self) -> &'a Arc<Entitlement> {
        &self.found.record.entitlement
    }

    /// Its details as they are kept: [`Details::read`] reads them.
    pub(crate) const fn detail_bytes(&self) -> &'a [u8] {
        self.found.bytes
    }

    /// The digest of the secret that it was found by.
    pub(crate) const fn digest(&self) -> Digest {
        self.found.record.digest
    }

    /// Notes a use, and counts it among the key's usage if it `counts`; whether it is the first use in its second.
    pub(crate) fn note_use(&self, now: Timestamp, counts: bool) -> bool {
        self.found.note_use(now, counts)
    }
}

/// Why nothing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotFound {
    /// It cannot be a key of this server.
    Malformed,
    /// It could be one.
    Unknown,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            organizations: RwLock::default(),
            prefixes: Prefixes::default(),
            holds_foreign: AtomicBool::new(false),
            signing_keys: ArcSwap::default(),
            predecessor: Mutex::default(),
        }
    }
}

impl Index {
    /// Looks a presented key up and hands it to `use_it`, which must be quick: a shard is locked for reading meanwhile.
    ///
    /// A checksum that does not fit, or a text that is no key's, is refused before any hashing.
    pub(crate) fn find<T>(
        &self,
        key: PresentedKey<'_>,
        digest: impl FnOnce(PresentedKey<'_>) -> Digest,
        use_it: impl FnOnce(&FoundKey<'_>) -> T,
    ) -> Result<T, NotFound> {
        let is_ours = match key.shape() {
            KeyShape::Ours { prefix, checksum_matches: true } => self.is_prefix_in_use(prefix),
            KeyShape::Ours { checksum_matches: false, .. } | KeyShape::Foreign => false,
        };
        // A foreign key may happen to have our shape: where there are foreign keys, the checksum proves nothing.
        let may_be_foreign = || self.holds_foreign.load(Ordering::Acquire) && key.may_be_foreign();
        if !is_ours && !may_be_foreign() {
            return Err(NotFound::Malformed);
        }
        let digest = digest(key);
        let shard = self.shards[shard_of(&digest)].read();
        let Some(found) = shard.find(&digest) else {
            let is_broken = matches!(key.shape(), KeyShape::Ours { prefix, checksum_matches: false } if self.is_prefix_in_use(prefix));
            return Err(if is_broken { NotFound::Malformed } else { NotFound::Unknown });
        };
        Ok(use_it(&FoundKey::of(&found)))
    }

    /// The same for a secret of which only the digest is known.
    pub(crate) fn find_digest<T>(
        &self,
        digest: &Digest,
        use_it: impl FnOnce(&FoundKey<'_>) -> T,
    ) -> Option<T> {
        let shard = self.shards[shard_of(digest)].read();
        shard.find(digest).map(|found| use_it(&FoundKey::of(&found)))
    }

    /// The signing keys, oldest first.
    pub(crate) fn signing_keys(&self) -> Arc<Vec<SealedSigningKey>> {
        self.signing_keys.load_full()
    }

    /// The organization, unless it is unknown or closed.
    pub(crate) fn organization(&self, id: OrganizationId) -> Option<Arc<OrganizationState>> {
        self.organizations.read().get(&id).filter(|organization| !organization.is_closed()).cloned()
    }

    /// The organizations that are not closed.
    pub(crate) fn open_organizations(&self) -> Vec<Arc<OrganizationState>> {
        self.organizations.read().values().filter(|organization| !organization.is_closed()).cloned().collect()
    }

    /// Takes the place of an index that nobody finds any more. That one is taken apart, since owners and organizations
    /// point at each other, and kept until its counts are taken.
    pub(crate) fn succeed(&self, replaced: Arc<Self>) {
        for (_, organization) in replaced.organizations.write().drain() {
            organization.forget_owners();
        }
        *self.predecessor.lock() = Some(replaced);
    }

    /// Takes the counts of uses.
    pub(crate) fn take_counts(&self, now: Timestamp, sink: &mut dyn CountSink) {
        let replaced = self.predecessor.lock().take();
        if let Some(replaced) = replaced {
            // A verification that found it goes on with it, and is counted in it.
            let is_in_use = Arc::strong_count(&replaced) > 1;
            let has_room = sink.has_room();
            replaced.take_counts(now, sink);
            if is_in_use || !has_room || !sink.has_room() {
                self.predecessor.lock().get_or_insert(replaced);
            }
        }
        for shard in &self.shards {
            // For as long as a few hundred counts take; only a writer's turn would hold others up meanwhile.
            shard.read().take_counts(now, sink);
        }
    }

    /// Whether some key here has this prefix.
    pub(crate) fn is_prefix_in_use(&self, prefix: &str) -> bool {
        self.prefixes.contain(prefix)
    }

    /// How many secrets can be looked up.
    pub(crate) fn secret_count(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().len()).sum()
    }
}

fn shard_of(digest: &Digest) -> usize {
    usize::from(digest.as_bytes()[0])
}
