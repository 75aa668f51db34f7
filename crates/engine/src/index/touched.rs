//! How many keys a change of a permission's verb concerns.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use keywright_domain::{Access, KeyId, OrganizationId, Pattern, Timestamp, Verb};

use super::shard::Record;
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
            // Most keys share their policy and their owner; while the shard is held, so do the addresses of both.
            let mut known: HashMap<(*const Policy, *const OwnerState), bool> = HashMap::new();
            let theirs = |record: &&Record| record.owner.organization.id == organization;
            for record in shard.records().filter(theirs) {
                if record.revoked_at().is_some_and(|at| at.has_passed(now)) {
                    continue;
                }
                let pair = (Arc::as_ptr(&record.policy), Arc::as_ptr(&record.owner));
                let concerns = || change.concerns(&record.policy, &record.owner);
                if *known.entry(pair).or_insert_with(concerns) {
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
