//! How many keys a change of a permission's verb concerns.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use keywright_domain::{Access, KeyId, OrganizationId, Pattern, Timestamp, Verb};

use super::entitlement::Entitlement;
use super::shard::Found;
use super::{Index, OwnerState, Policy};

/// A permission whose verb is to change.
pub(crate) struct VerbChange {
    /// The permission.
    pub(crate) permission: Pattern,
    /// Its verb now.
    pub(crate) before: Verb,
    /// Its verb then.
    pub(crate) after: Verb,
}

impl Index {
    /// How many keys of the organization gain or lose the permission; those that are revoked aside. Looks at every key in
    /// memory, a shard at a time: microseconds for thousands, a second or so for ten million.
    pub(crate) fn keys_touched(
        &self,
        organization: OrganizationId,
        change: &VerbChange,
        now: Timestamp,
    ) -> u64 {
        if change.before == change.after {
            return 0;
        }
        // A key that was rotated has a record for each of its secrets.
        let mut touched: HashSet<KeyId> = HashSet::new();
        for shard in &self.shards {
            let shard = shard.read();
            // Most keys share their entitlement; while the shard is held, its address stays its own.
            let mut known: HashMap<*const Entitlement, bool> = HashMap::new();
            for Found { record, details, .. } in shard.all() {
                let entitlement = &record.entitlement;
                let is_theirs = entitlement.owner.organization.id == organization;
                if !is_theirs || details.revoked_at.is_some_and(|at| at.has_passed(now)) {
                    continue;
                }
                let concerns = || change.concerns(&entitlement.policy, &entitlement.owner);
                if *known.entry(Arc::as_ptr(entitlement)).or_insert_with(concerns) {
                    touched.insert(record.id);
                }
            }
        }
        touched.len() as u64
    }
}

impl VerbChange {
    fn concerns(&self, policy: &Policy, owner: &OwnerState) -> bool {
        let ceiling = owner.ceiling();
        let verbs = policy.source.verbs.and(ceiling.access.verbs());
        verbs.contains(self.before) != verbs.contains(self.after)
            && self.is_in(&ceiling.access)
            && self.is_in(&policy.access(&owner.organization))
    }

    fn is_in(&self, access: &Access) -> bool {
        access.terms().iter().any(|term| term.matches(&self.permission))
    }
}
