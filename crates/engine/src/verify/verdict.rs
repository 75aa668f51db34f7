//! What is answered about a key.

use std::sync::Arc;
use std::time::Duration;

use keywright_domain::{KeyId, OrganizationId, RateLimit, Timestamp, VerbSet};
use keywright_store::KeyOwner;
use smallvec::SmallVec;

use crate::credits::CreditState;
use crate::index::{Details, Entitlement, FoundKey, KeptText, OwnerState};
use crate::limits::{Full, LimitState};
use crate::tokens::scope;

/// The code of a key that may.
pub(crate) const VALID: &str = "VALID";

/// The answer about a key.
#[derive(Debug)]
pub struct Verdict {
    /// Whether it may.
    pub valid: bool,
    /// `VALID`, or the first check that failed: one of [`crate::VERDICT_CODES`].
    pub code: &'static str,
    /// Permissions that were asked for and are missing.
    pub missing: Vec<String>,
    /// The key, where it was found in the asking organization.
    pub key: Option<VerifiedKey>,
    /// The rate limits of the key and its owner, where it came to counting the use on them.
    pub rate_limits: Vec<LimitState>,
    /// What is left of the key's credits, where it came to using them.
    pub credits: Option<CreditState>,
    /// When a use like this may fit again, where a rate limit was in its way, or credits that are filled up.
    pub retry_after: Option<Duration>,
}

impl Verdict {
    pub(super) fn valid(key: VerifiedKey) -> Self {
        Self { valid: true, ..Self::refused(VALID, Some(key)) }
    }

    pub(super) fn rate_limited(key: VerifiedKey, rate_limits: Vec<LimitState>, full: Full) -> Self {
        Self { rate_limits, retry_after: Some(full.retry_after), ..Self::refused("RATE_LIMITED", Some(key)) }
    }

    pub(super) const fn refused(code: &'static str, key: Option<VerifiedKey>) -> Self {
        Self {
            valid: false,
            code,
            missing: Vec::new(),
            key,
            rate_limits: Vec::new(),
            credits: None,
            retry_after: None,
        }
    }
}

/// What an answer tells of a key, read where it is told.
#[derive(Debug)]
pub struct VerifiedKey {
    /// Its id.
    pub id: KeyId,
    /// As they are kept. Those of a plain key with a short name take no memory of their own.
    details: SmallVec<[u8; 24]>,
    entitlement: Arc<Entitlement>,
}

impl VerifiedKey {
    #[inline]
    pub(super) fn of(found: &FoundKey<'_>) -> Self {
        let details = SmallVec::from_slice(found.detail_bytes());
        Self { id: found.id, details, entitlement: Arc::clone(found.entitlement()) }
    }

    fn details(&self) -> Details<'_> {
        Details::read(&self.details).0
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.details().name()
    }

    /// Its organization.
    pub fn organization(&self) -> OrganizationId {
        self.entitlement.owner.organization.id
    }

    /// The customer it is for.
    pub fn external_id(&self) -> Option<&str> {
        self.details().external_id()
    }

    /// When it expires.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.details().expires_at
    }

    /// Its owner.
    pub fn owner(&self) -> KeyOwner {
        self.entitlement.owner.owner
    }

    pub(super) fn owner_state(&self) -> &OwnerState {
        &self.entitlement.owner
    }

    /// Its verbs.
    pub fn verbs(&self) -> VerbSet {
        self.entitlement.policy.source.verbs
    }

    /// What it may do, within its owner's ceiling: as it was spelt where its owner has all of that, else as what is left
    /// of it. `None`: what its owner has. It holds together with [`verbs`](Self::verbs) alone, which may deny some of it:
    /// whoever is not told those must be given the [`scope`](Self::scope).
    pub fn permissions(&self) -> Option<Arc<[String]>> {
        self.entitlement.permissions()
    }

    /// What `write` says of its owner and of what it may do, which is the same for many keys: it is kept until any of that
    /// changes. There is room for one such text: `write` must always be the same.
    pub fn text_in_common<E>(&self, write: impl FnOnce(&Self) -> Result<String, E>) -> Result<KeptText, E> {
        self.entitlement.text(|| write(self))
    }

    /// What it may do now, as words of a scope: each is true by itself, without the verbs and the owner. Of what was
    /// granted by a pattern, or as what the owner has, these are those that can be named: not all, perhaps.
    pub fn scope(&self) -> Vec<String> {
        scope(&self.entitlement.policy, &self.entitlement.owner).words
    }

    /// When it expires, or the secret that was shown ends because a rotation replaced it.
    pub(crate) fn ends_at(&self) -> Option<Timestamp> {
        self.details().ends_at()
    }

    /// Its metadata, a JSON object as text.
    pub fn metadata(&self) -> Option<&str> {
        self.details().metadata()
    }

    pub(super) fn has_credits(&self) -> bool {
        self.entitlement.policy.source.has_credits
    }

    /// Its own rate limits.
    pub fn rate_limits(&self) -> &[RateLimit] {
        &self.entitlement.policy.source.rate_limits
    }
}
