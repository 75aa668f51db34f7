//! What is answered about a key.

use std::sync::Arc;
use std::time::Duration;

use keywright_domain::{KeyId, OrganizationId, RateLimit, Timestamp, VerbSet};
use keywright_store::{KeyOwner, StoredGrants};

use crate::credits::CreditState;
use crate::index::{FoundKey, OwnerState, Policy};
use crate::limits::LimitState;
use crate::tokens::scope;

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
        Self { valid: true, ..Self::refused("VALID", Some(key)) }
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

/// What an answer tells of a key.
#[derive(Debug)]
pub struct VerifiedKey {
    /// Its id.
    pub id: KeyId,
    /// Its name.
    pub name: String,
    /// Its organization.
    pub organization: OrganizationId,
    /// The customer it is for.
    pub external_id: Option<String>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    superseded_at: Option<Timestamp>,
    metadata: Option<Box<str>>,
    owner: Arc<OwnerState>,
    policy: Arc<Policy>,
}

impl VerifiedKey {
    pub(super) fn of(found: &FoundKey<'_>) -> Self {
        Self {
            id: found.id,
            name: found.name.to_owned(),
            organization: found.owner.organization.id,
            owner: Arc::clone(found.owner),
            external_id: found.external_id.map(str::to_owned),
            metadata: found.metadata.map(Box::from),
            expires_at: found.expires_at,
            superseded_at: found.revoked_at,
            policy: Arc::clone(found.policy),
        }
    }

    /// Its owner.
    pub fn owner(&self) -> KeyOwner {
        self.owner.owner
    }

    pub(super) fn owner_state(&self) -> &OwnerState {
        &self.owner
    }

    /// Its verbs.
    pub fn verbs(&self) -> VerbSet {
        self.policy.source.verbs
    }

    /// What it may do, within its owner's ceiling: as it was spelt where its owner has all of that, else as what is left
    /// of it. `None`: what its owner has. It holds together with [`verbs`](Self::verbs) alone, which may deny some of it:
    /// whoever is not told those must be given the [`scope`](Self::scope).
    pub fn permissions(&self) -> Option<Vec<String>> {
        let StoredGrants::Listed(listed) = &self.policy.source.grants else { return None };
        let organization = &self.owner.organization;
        let (granted, ceiling) = (self.policy.access(organization), self.owner.ceiling());
        if ceiling.access.first_uncovered(&granted).is_none() {
            let of_roles = organization.permissions_of(&self.policy.source.roles);
            return Some(listed.iter().chain(&of_roles).map(ToString::to_string).collect());
        }
        let left = granted.meet(&ceiling.access);
        Some(left.terms().iter().map(|term| term.pattern().to_string()).collect())
    }

    /// What it may do now, as words of a scope: each is true by itself, without the verbs and the owner. Of what was
    /// granted by a pattern, or as what the owner has, these are those that can be named: not all, perhaps.
    pub fn scope(&self) -> Vec<String> {
        scope(&self.policy, &self.owner).words
    }

    /// When it expires, or the secret that was shown ends because a rotation replaced it.
    pub(crate) fn ends_at(&self) -> Option<Timestamp> {
        [self.expires_at, self.superseded_at].into_iter().flatten().min()
    }

    /// Its metadata, a JSON object as text.
    pub fn metadata(&self) -> Option<&str> {
        self.metadata.as_deref()
    }

    pub(super) fn has_credits(&self) -> bool {
        self.policy.source.has_credits
    }

    /// Its own rate limits.
    pub fn rate_limits(&self) -> &[RateLimit] {
        &self.policy.source.rate_limits
    }
}
