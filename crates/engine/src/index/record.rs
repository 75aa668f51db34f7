//! What the index holds of a secret of a key.

use std::sync::Arc;

use keywright_domain::{Digest, KeyId};

use super::entitlement::Entitlement;
use super::tally::Tally;

/// Details of this many bytes lie in the record itself: those of a plain key whose name has 17 characters at most, or of one
/// that expires and has nine.
const INSIDE: usize = 19;

/// A secret of a key: 80 bytes, which are on two lines of a processor's cache that are fetched at the same time, wherever
/// they begin.
#[repr(align(16))]
pub(super) struct Record {
    pub(super) digest: Digest,
    pub(super) id: KeyId,
    pub(super) entitlement: Arc<Entitlement>,
    pub(super) tally: Tally,
    pub(super) details: Kept,
}

/// The details of a record, as they are kept. A verification that has read the record need not wait for memory once more
/// where they are short, as most are.
#[derive(Clone, Copy)]
pub(super) enum Kept {
    /// Here, and behind them what means nothing.
    Inside([u8; INSIDE]),
    /// Among those of the shard, from this byte on.
    Outside(u32),
}

impl Kept {
    /// Keeps the details that stand at the end of those of the shard, from byte `at` on: there only if they are long.
    pub(super) fn last_of(shard: &mut Vec<u8>, at: usize) -> Self {
        let mut inside = [0; INSIDE];
        let Some(room) = inside.get_mut(..shard.len() - at) else {
            return Self::Outside(u32::try_from(at).expect("a shard's details stay under 4 GiB"));
        };
        room.copy_from_slice(&shard[at..]);
        shard.truncate(at);
        Self::Inside(inside)
    }

    /// The bytes that begin with the details.
    pub(super) fn bytes<'a>(&'a self, shard: &'a [u8]) -> &'a [u8] {
        match self {
            Self::Inside(bytes) => bytes,
            Self::Outside(at) => &shard[*at as usize..],
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use keywright_domain::{IpAllowlist, OrganizationId, ServiceAccountId, Timestamp, VerbSet};
    use keywright_store::{KeyOwner, Organization, StoredGrants};
    use proptest::prelude::*;

    use super::super::{Details, OrganizationState, PolicySource};
    use super::*;

    #[test]
    fn a_record_and_the_lack_of_one_are_on_two_lines() {
        assert_eq!([size_of::<Record>(), size_of::<Option<Record>>(), align_of::<Record>()], [80, 80, 16]);
    }

    /// What some key was given.
    pub(in super::super) fn entitlement() -> Arc<Entitlement> {
        let now = Timestamp::from_millis(0);
        let id = OrganizationId::new(now, &[0; 10]);
        let organization = Organization::new(id, 1, "one".into(), "One".into(), now);
        let source = PolicySource {
            grants: StoredGrants::Owner,
            verbs: VerbSet::ALL,
            roles: Vec::new(),
            for_customer: false,
            allowlist: IpAllowlist::default(),
            rate_limits: Vec::new(),
            has_credits: false,
            metered: false,
        };
        let owner = KeyOwner::ServiceAccount(ServiceAccountId::new(now, &[0; 10]));
        Arc::new(OrganizationState::new(organization)).entitle(source, owner)
    }

    proptest! {
        #[test]
        fn details_are_kept_inside_if_they_are_short(name in "[a-z]{0,40}", others in "[a-z]{0,40}") {
            let written = Details::of(&name, None, None);
            let mut shard = others.clone().into_bytes();
            written.append_to(&mut shard);
            let size = shard.len() - others.len();
            let kept = Kept::last_of(&mut shard, others.len());
            prop_assert_eq!(Details::read(kept.bytes(&shard)), (written, size));
            let (is_inside, is_there) = (matches!(kept, Kept::Inside(_)), shard.len() > others.len());
            prop_assert_eq!([is_inside, is_there], [size <= INSIDE, size > INSIDE]);
        }
    }
}
