//! What a key was given, shared by all keys of an organization that were given the same.

use std::sync::Arc;

use arc_swap::ArcSwap;
use keywright_domain::{Access, CompiledAccess, IpAllowlist, Permission, RateLimit, RoleId, VerbSet};
use keywright_store::{KeyRecord, LoadedPolicy, StoredGrants};

use super::OrganizationState;

/// What a policy is made of: the key it is interned by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PolicySource {
    /// What was granted.
    pub grants: StoredGrants,
    /// The verbs.
    pub verbs: VerbSet,
    /// Roles whose permissions are granted too.
    pub roles: Vec<RoleId>,
    /// Whether the key is made for a customer, so that no pattern reaches the `keywright` catalogue.
    pub for_customer: bool,
    /// Where the key may be used from.
    pub allowlist: IpAllowlist,
    /// Its rate limits.
    pub rate_limits: Vec<RateLimit>,
    /// Whether uses are counted down on its credits.
    pub has_credits: bool,
    /// Whether it has limits or credits.
    pub metered: bool,
}

/// A policy, compiled for the present catalogue and roles of its organization.
#[derive(Debug)]
pub struct Policy {
    /// What it is made of.
    pub source: Arc<PolicySource>,
    compiled: ArcSwap<CompiledAccess>,
}

impl PolicySource {
    /// The policy of a key.
    pub fn of(key: &KeyRecord) -> Self {
        Self {
            grants: key.grants.clone(),
            verbs: key.verbs,
            roles: key.roles.clone(),
            for_customer: key.external_id.is_some(),
            allowlist: key.allowlist.clone(),
            rate_limits: key.rate_limits.clone(),
            has_credits: key.credits.is_some(),
            metered: !key.rate_limits.is_empty() || key.credits.is_some(),
        }
    }

    /// The policy of a key that a bulk load read.
    pub(super) fn of_loaded(policy: LoadedPolicy, for_customer: bool) -> Self {
        Self {
            grants: policy.grants,
            verbs: policy.verbs,
            roles: policy.roles,
            for_customer,
            allowlist: policy.allowlist,
            has_credits: policy.has_credits,
            metered: !policy.rate_limits.is_empty() || policy.has_credits,
            rate_limits: policy.rate_limits,
        }
    }

    /// What it grants, verbs included and ceiling aside, with the organization's present roles.
    pub fn access(&self, organization: &OrganizationState) -> Access {
        let listed = match &self.grants {
            StoredGrants::Owner => return Access::everything().with_verbs(self.verbs),
            StoredGrants::Listed(permissions) => permissions,
        };
        let of_roles = organization.permissions_of(&self.roles);
        let all: Vec<&Permission> = listed.iter().chain(&of_roles).collect();
        Access::of_permissions(all, self.verbs, !self.for_customer)
    }
}

impl Policy {
    pub(super) fn new(source: Arc<PolicySource>, organization: &OrganizationState) -> Self {
        let compiled = CompiledAccess::new(&source.access(organization), &organization.catalogue());
        Self { source, compiled: ArcSwap::from_pointee(compiled) }
    }

    /// Compiles it anew, after a change of the catalogue or the roles; the organization begins a new generation then.
    pub(super) fn recompile(&self, organization: &OrganizationState) {
        let compiled = CompiledAccess::new(&self.source.access(organization), &organization.catalogue());
        self.compiled.store(Arc::new(compiled));
    }

    /// The compiled grants.
    pub fn compiled(&self) -> arc_swap::Guard<Arc<CompiledAccess>> {
        self.compiled.load()
    }

    /// What it grants, ceiling aside.
    pub fn access(&self, organization: &OrganizationState) -> Access {
        self.source.access(organization)
    }
}
