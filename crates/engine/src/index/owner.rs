//! Owners of keys, and the ceilings that they set.

use std::sync::Arc;

use arc_swap::ArcSwap;
use keywright_domain::{Access, Catalogue, CompiledAccess, MemberRole, Owner, RateLimit};
use keywright_store::KeyOwner;

use super::OrganizationState;

/// What an owner may do now.
#[derive(Debug)]
pub struct Ceiling {
    /// Whether the owner is in force at all.
    pub state: Owner,
    /// The person's role, if it is a person.
    pub role: Option<MemberRole>,
    /// What the owner may do.
    pub access: Access,
    /// The same, compiled.
    pub compiled: CompiledAccess,
    /// Limits that hold for all of its keys together.
    pub rate_limits: Vec<RateLimit>,
}

impl Ceiling {
    pub(super) fn new(
        state: Owner,
        role: Option<MemberRole>,
        access: Access,
        catalogue: &Arc<Catalogue>,
    ) -> Self {
        let compiled = CompiledAccess::new(&access, catalogue);
        Self { state, role, access, compiled, rate_limits: Vec::new() }
    }

    pub(super) fn with_rate_limits(self, rate_limits: Vec<RateLimit>) -> Self {
        Self { rate_limits, ..self }
    }

    /// The same beside another catalogue.
    pub(super) fn beside(&self, catalogue: &Arc<Catalogue>) -> Self {
        Self::new(self.state, self.role, self.access.clone(), catalogue)
            .with_rate_limits(self.rate_limits.clone())
    }

    /// The ceiling of an owner that is gone.
    pub(super) fn gone(catalogue: &Arc<Catalogue>) -> Self {
        Self::new(Owner::Gone, None, Access::none(), catalogue)
    }
}

/// An owner of keys in one organization. Its ceiling changes in one step for all its keys.
#[derive(Debug)]
pub struct OwnerState {
    /// Who it is.
    pub owner: KeyOwner,
    /// In which organization.
    pub organization: Arc<OrganizationState>,
    ceiling: ArcSwap<Ceiling>,
}

impl OwnerState {
    pub(super) fn new(owner: KeyOwner, organization: Arc<OrganizationState>, ceiling: Ceiling) -> Self {
        Self { owner, organization, ceiling: ArcSwap::from_pointee(ceiling) }
    }

    /// What the owner may do now.
    pub fn ceiling(&self) -> arc_swap::Guard<Arc<Ceiling>> {
        self.ceiling.load()
    }

    pub(super) fn set_ceiling(&self, ceiling: Ceiling) {
        self.replace_ceiling(ceiling);
        self.organization.begin_generation();
    }

    /// The same as one of many changes, after which the organization begins a new generation.
    pub(super) fn replace_ceiling(&self, ceiling: Ceiling) {
        self.ceiling.store(Arc::new(ceiling));
    }
}
