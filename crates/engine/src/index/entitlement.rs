//! What a key was given, together with whose it is.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use keywright_domain::CompiledAccess;
use keywright_store::StoredGrants;

use super::{Ceiling, OwnerState, Policy};

/// A policy and an owner: one for all keys that have both in common, so that a key's record holds one pointer.
#[derive(Debug)]
pub(crate) struct Entitlement {
    /// What the key was given.
    pub(crate) policy: Arc<Policy>,
    /// Whose ceiling bounds it.
    pub(crate) owner: Arc<OwnerState>,
    /// What it came to when it was last asked for.
    listing: ArcSwapOption<Listing>,
}

/// What was listed, and of what. Holding both, it keeps their addresses from being given to others.
#[derive(Debug)]
struct Listing {
    grants: Arc<CompiledAccess>,
    ceiling: Arc<Ceiling>,
    permissions: Arc<[String]>,
}

impl Entitlement {
    pub(super) fn new(policy: Arc<Policy>, owner: Arc<OwnerState>) -> Self {
        Self { policy, owner, listing: ArcSwapOption::empty() }
    }

    /// What the key may do, within its owner's ceiling: as it was spelt where its owner has all of that, else as what is
    /// left of it. `None`: what its owner has.
    ///
    /// Every answer tells it, and to find it out takes longer than the rest of a verification: so it is kept until the
    /// grants (they are compiled anew when a role or the catalogue changes) or the ceiling become others.
    pub(crate) fn permissions(&self) -> Option<Arc<[String]>> {
        let StoredGrants::Listed(_) = &self.policy.source.grants else { return None };
        // Taken first: if a change comes between this and what is looked at below, the outcome is kept for what is past.
        let (grants, ceiling) = (self.policy.compiled(), self.owner.ceiling());
        if let Some(kept) = &*self.listing.load()
            && Arc::ptr_eq(&kept.grants, &grants)
            && Arc::ptr_eq(&kept.ceiling, &ceiling)
        {
            return Some(Arc::clone(&kept.permissions));
        }
        let permissions = self.list(&ceiling)?;
        self.listing.store(Some(Arc::new(Listing {
            grants: Arc::clone(&grants),
            ceiling: Arc::clone(&ceiling),
            permissions: Arc::clone(&permissions),
        })));
        Some(permissions)
    }

    fn list(&self, ceiling: &Ceiling) -> Option<Arc<[String]>> {
        let StoredGrants::Listed(listed) = &self.policy.source.grants else { return None };
        let organization = &self.owner.organization;
        let granted = self.policy.access(organization);
        if ceiling.access.first_uncovered(&granted).is_none() {
            let of_roles = organization.permissions_of(&self.policy.source.roles);
            return Some(listed.iter().chain(&of_roles).map(ToString::to_string).collect());
        }
        let left = granted.meet(&ceiling.access);
        Some(left.terms().iter().map(|term| term.pattern().to_string()).collect())
    }
}
