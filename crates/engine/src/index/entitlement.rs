//! What a key was given, together with whose it is.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use arc_swap::{ArcSwapOption, Guard};
use keywright_domain::{Catalogue, CompiledAccess, Owner, Permission, Right, RightSet};
use keywright_store::StoredGrants;

use super::{Ceiling, OrganizationState, OwnerState, Policy};

/// A policy and an owner: one for all keys that have both in common, so that a key's record holds one pointer.
#[derive(Debug)]
pub(crate) struct Entitlement {
    /// What the key was given.
    pub(crate) policy: Arc<Policy>,
    /// Whose ceiling bounds it.
    pub(crate) owner: Arc<OwnerState>,
    /// What the two came to when that was last asked for.
    authority: ArcSwapOption<Authority>,
}

/// What a policy and an owner's ceiling come to, as of one generation of their organization
/// ([`OrganizationState::generation`](super::OrganizationState::generation)).
///
/// Its parts change each by itself, and to fetch each is two writes to memory that processors contend for: so they are
/// fetched together and kept until any of them may have changed.
#[derive(Debug)]
pub(crate) struct Authority {
    generation: u64,
    /// What was granted.
    pub(crate) grants: Arc<CompiledAccess>,
    /// What the owner may do.
    pub(crate) ceiling: Arc<Ceiling>,
    /// The organization's catalogue.
    pub(crate) catalogue: Arc<Catalogue>,
    permissions: OnceLock<Arc<[String]>>,
    /// How answers tell it.
    text: OnceLock<Box<str>>,
}

/// The management permissions of who holds a key, as of one generation of the organization.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeldRights {
    generation: u64,
    rights: RightSet,
}

impl Authority {
    /// The management permissions that it has.
    pub(crate) fn rights(&self) -> HeldRights {
        let is_in_force = self.ceiling.state == Owner::Active;
        let rights = self.grants.rights(&self.ceiling.compiled);
        HeldRights {
            generation: self.generation,
            rights: if is_in_force { rights } else { RightSet::default() },
        }
    }
}

impl HeldRights {
    /// Whether a right is held; `None` when that has to be looked up again.
    pub(crate) fn contains(self, right: Right, organization: &OrganizationState) -> Option<bool> {
        (self.generation == organization.generation()).then(|| self.rights.contains(right))
    }
}

impl Entitlement {
    pub(super) fn new(policy: Arc<Policy>, owner: Arc<OwnerState>) -> Self {
        Self { policy, owner, authority: ArcSwapOption::empty() }
    }

    /// What it comes to now.
    pub(crate) fn authority(&self) -> KeptAuthority {
        let kept = self.authority.load();
        let organization = &self.owner.organization;
        if kept.as_ref().is_some_and(|kept| kept.generation == organization.generation()) {
            return KeptAuthority(kept);
        }
        // First: what changes after this is of another generation, and is looked at again.
        let generation = organization.generation();
        let authority = Arc::new(Authority {
            generation,
            grants: Guard::into_inner(self.policy.compiled()),
            ceiling: Guard::into_inner(self.owner.ceiling()),
            catalogue: Guard::into_inner(organization.catalogue()),
            permissions: OnceLock::new(),
            text: OnceLock::new(),
        });
        self.authority.store(Some(Arc::clone(&authority)));
        KeptAuthority(Guard::from_inner(Some(authority)))
    }

    /// What the key may do, within its owner's ceiling: as it was spelt where its owner has all of that, else as what is
    /// left of it. `None`: what its owner has.
    ///
    /// Every answer tells it, and to find it out takes longer than the rest of a verification: so it is kept as well.
    pub(crate) fn permissions(&self) -> Option<Arc<[String]>> {
        let StoredGrants::Listed(listed) = &self.policy.source.grants else { return None };
        let authority = self.authority();
        Some(Arc::clone(authority.permissions.get_or_init(|| self.list(listed, &authority.ceiling))))
    }

    /// What `write` makes of it, kept as long as it holds.
    pub(crate) fn text<E>(&self, write: impl FnOnce() -> Result<String, E>) -> Result<KeptText, E> {
        let authority = self.authority();
        if authority.text.get().is_none() {
            // What is looked up for it is of this generation or a later one, with which nobody comes here again.
            let text = write()?;
            authority.text.get_or_init(|| text.into());
        }
        Ok(KeptText(authority))
    }

    /// Forgets what it came to: nobody may use it again, and it holds on to all that it was made of.
    pub(super) fn forget(&self) {
        self.authority.store(None);
    }

    fn list(&self, listed: &[Permission], ceiling: &Ceiling) -> Arc<[String]> {
        let organization = &self.owner.organization;
        let granted = self.policy.access(organization);
        if ceiling.access.first_uncovered(&granted).is_none() {
            let of_roles = organization.permissions_of(&self.policy.source.roles);
            return listed.iter().chain(&of_roles).map(ToString::to_string).collect();
        }
        let left = granted.meet(&ceiling.access);
        left.terms().iter().map(|term| term.pattern().to_string()).collect()
    }
}

/// An authority that is there.
pub(crate) struct KeptAuthority(Guard<Option<Arc<Authority>>>);

impl Deref for KeptAuthority {
    type Target = Authority;

    fn deref(&self) -> &Authority {
        self.0.as_ref().expect("it is made of one that is there")
    }
}

/// A text about an authority, kept with it.
pub struct KeptText(KeptAuthority);

impl Deref for KeptText {
    type Target = str;

    fn deref(&self) -> &str {
        self.0.text.get().expect("it is made of one that has its text")
    }
}

#[cfg(test)]
mod tests {
    use keywright_domain::{
        Access, IpAllowlist, MemberRole, OrganizationId, RoleId, Timestamp, UserId, Verb, VerbSet,
    };
    use keywright_store::{DeclaredPermission, KeyOwner, Organization, Revision};
    use uuid::Uuid;

    use super::*;
    use crate::index::PolicySource;

    struct Fixture {
        organization: Arc<OrganizationState>,
        entitlement: Arc<Entitlement>,
    }

    const OWNER: KeyOwner = KeyOwner::User(UserId::from_uuid(Uuid::from_u128(2)));
    const ROLE: RoleId = RoleId::from_uuid(Uuid::from_u128(3));

    fn row(catalogue_closed: bool) -> Organization {
        let (id, now) = (OrganizationId::from_uuid(Uuid::from_u128(1)), Timestamp::from_millis(0));
        let organization = Organization::new(id, 1, "default".to_owned(), "Default".to_owned(), now);
        Organization { catalogue_closed, ..organization }
    }

    impl Fixture {
        fn new() -> Self {
            let organization = Arc::new(OrganizationState::new(row(false)));
            let source = PolicySource {
                grants: StoredGrants::Listed(vec!["apiKey.read".parse().unwrap()]),
                verbs: VerbSet::ALL,
                roles: vec![ROLE],
                for_customer: false,
                allowlist: IpAllowlist::default(),
                rate_limits: Vec::new(),
                has_credits: false,
                metered: false,
            };
            organization.set_owner(OWNER, Self::ceiling(&organization, Owner::Active));
            Self { entitlement: organization.entitle(source, OWNER), organization }
        }

        fn ceiling(organization: &OrganizationState, state: Owner) -> Ceiling {
            let role = Some(MemberRole::Developer);
            Ceiling::new(state, role, Access::everything(), &organization.catalogue())
        }

        /// Whether what is answered is what there is now.
        fn is_current(&self) -> bool {
            let Entitlement { policy, owner, .. } = &*self.entitlement;
            let authority = self.entitlement.authority();
            Arc::ptr_eq(&authority.grants, &policy.compiled())
                && Arc::ptr_eq(&authority.ceiling, &owner.ceiling())
                && Arc::ptr_eq(&authority.catalogue, &self.organization.catalogue())
        }
    }

    #[test]
    fn whatever_changes_is_in_force_at_once() {
        let fixture = Fixture::new();
        let organization = &fixture.organization;
        let declared = DeclaredPermission {
            name: "asset.read".to_owned(),
            verb: Verb::Read,
            description: String::new(),
            created_at: Timestamp::from_millis(0),
            updated_at: Timestamp::from_millis(0),
            revision: Revision::ZERO,
        };
        let changes: [&dyn Fn(); 6] = [
            &|| organization.set_owner(OWNER, Fixture::ceiling(organization, Owner::Disabled)),
            &|| organization.set_permissions(vec![declared.clone()]),
            &|| organization.set_role(ROLE, Some(vec!["asset.read".parse().unwrap()])),
            &|| organization.set_role(ROLE, None),
            &|| organization.update(row(true)),
            &|| organization.set_owner(OWNER, Fixture::ceiling(organization, Owner::Active)),
        ];
        for change in changes {
            assert!(fixture.is_current());
            let before = fixture.entitlement.authority().rights();
            assert!(before.contains(Right::ApiKeyRead, organization).is_some());
            change();
            assert_eq!(before.contains(Right::ApiKeyRead, organization), None);
            assert!(fixture.is_current());
        }
    }

    #[test]
    fn without_a_change_nothing_is_fetched_again() {
        let fixture = Fixture::new();
        let (one, other) = (fixture.entitlement.authority(), fixture.entitlement.authority());
        assert!(Arc::ptr_eq(one.0.as_ref().unwrap(), other.0.as_ref().unwrap()));
        assert_eq!(one.rights().contains(Right::ApiKeyRead, &fixture.organization), Some(true));
        assert_eq!(one.rights().contains(Right::ApiKeyDelete, &fixture.organization), Some(false));
    }
}
