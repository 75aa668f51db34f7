//! Organizations as verification sees them.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;
use keywright_domain::{Catalogue, OrganizationId, Owner, Pattern, Permission, PermissionEntry, RoleId};
use keywright_store::{DeclaredPermission, KeyOwner, Organization};
use parking_lot::{Mutex, RwLock};

use super::entitlement::Entitlement;
use super::interned::Interned;
use super::owner::{Ceiling, OwnerState};
use super::policy::{Policy, PolicySource};

/// An organization: its settings, its catalogue, its roles, its owners of keys and their policies.
pub struct OrganizationState {
    /// Its id.
    pub id: OrganizationId,
    /// Its number.
    pub number: i64,
    settings: ArcSwap<Organization>,
    declared: Mutex<Vec<DeclaredPermission>>,
    catalogue: ArcSwap<Catalogue>,
    closed: AtomicBool,
    generation: AtomicU64,
    roles: RwLock<HashMap<RoleId, Vec<Permission>>>,
    owners: RwLock<HashMap<KeyOwner, Arc<OwnerState>>>,
    policies: Mutex<Interned<Arc<PolicySource>, Policy>>,
    /// By the addresses of policy and owner: an entitlement holds both, so that while it lives they are theirs.
    entitlements: Mutex<Interned<(usize, usize), Entitlement>>,
}

impl OrganizationState {
    pub(super) fn new(row: Organization) -> Self {
        Self {
            id: row.id,
            number: row.number,
            closed: AtomicBool::new(row.deleted_at.is_some()),
            generation: AtomicU64::new(0),
            catalogue: ArcSwap::new(built_in(row.catalogue_closed)),
            settings: ArcSwap::from_pointee(row),
            declared: Mutex::default(),
            roles: RwLock::default(),
            owners: RwLock::default(),
            policies: Mutex::default(),
            entitlements: Mutex::default(),
        }
    }

    /// Its row as it was last applied.
    pub fn settings(&self) -> Arc<Organization> {
        self.settings.load_full()
    }

    /// Its permissions.
    pub fn catalogue(&self) -> arc_swap::Guard<Arc<Catalogue>> {
        self.catalogue.load()
    }

    /// Whether it is closed: then no key of it is in force.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Counts up when its catalogue, policies or ceilings have become others, before anybody is told that they have. What was
    /// concluded from them holds as long as this stays the same.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// Makes what was concluded before void. Whatever replaces a catalogue, policies or ceilings calls it, after that.
    pub(super) fn begin_generation(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// The permissions of some of its roles; a role that is gone grants nothing.
    pub fn permissions_of(&self, roles: &[RoleId]) -> Vec<Permission> {
        if roles.is_empty() {
            return Vec::new();
        }
        let known = self.roles.read();
        roles.iter().filter_map(|role| known.get(role)).flatten().cloned().collect()
    }

    /// Its roles that give a permission.
    pub fn roles_giving(&self, concrete: &Pattern) -> Vec<RoleId> {
        let gives = |permissions: &[Permission]| {
            permissions.iter().flat_map(Permission::patterns).any(|pattern| pattern.covers(concrete))
        };
        let roles = self.roles.read();
        roles.iter().filter(|(_, permissions)| gives(permissions)).map(|(id, _)| *id).collect()
    }

    /// Whether it has this role.
    pub fn has_role(&self, role: RoleId) -> bool {
        self.roles.read().contains_key(&role)
    }

    /// An owner of keys in it.
    pub fn owner(&self, owner: KeyOwner) -> Option<Arc<OwnerState>> {
        self.owners.read().get(&owner).cloned()
    }

    /// How many people are members, and how many service accounts work.
    pub(crate) fn owner_counts(&self) -> (usize, usize) {
        let (mut people, mut accounts) = (0, 0);
        for (owner, state) in self.owners.read().iter() {
            let ceiling = state.ceiling();
            match owner {
                KeyOwner::User(_) => people += usize::from(ceiling.role.is_some()),
                KeyOwner::ServiceAccount(_) => accounts += usize::from(ceiling.state == Owner::Active),
            }
        }
        (people, accounts)
    }

    pub(super) fn update(&self, row: Organization) {
        self.closed.store(row.deleted_at.is_some(), Ordering::Release);
        let rule_changed = self.settings.load().catalogue_closed != row.catalogue_closed;
        self.settings.store(Arc::new(row));
        if rule_changed {
            self.rebuild_catalogue();
        }
    }

    pub(super) fn set_permissions(&self, declared: Vec<DeclaredPermission>) {
        *self.declared.lock() = declared;
        self.rebuild_catalogue();
    }

    fn rebuild_catalogue(&self) {
        let entries = self.declared.lock().iter().filter_map(catalogue_entry).collect::<Vec<_>>();
        let closed = self.settings.load().catalogue_closed;
        let catalogue =
            if entries.is_empty() { built_in(closed) } else { Arc::new(Catalogue::new(entries, closed)) };
        self.catalogue.store(catalogue);
        let catalogue = self.catalogue();
        for owner in self.owners.read().values() {
            owner.replace_ceiling(owner.ceiling().beside(&catalogue));
        }
        self.recompile_policies(|_| true);
    }

    pub(super) fn set_role(&self, role: RoleId, permissions: Option<Vec<Permission>>) {
        match permissions {
            Some(permissions) => self.roles.write().insert(role, permissions),
            None => self.roles.write().remove(&role),
        };
        self.recompile_policies(|source| source.roles.contains(&role));
    }

    fn recompile_policies(&self, concerned: impl Fn(&PolicySource) -> bool) {
        let policies: Vec<Arc<Policy>> = {
            let policies = self.policies.lock();
            policies.live().filter(|(source, _)| concerned(source)).map(|(_, policy)| policy).collect()
        };
        for policy in policies {
            policy.recompile(self);
        }
        self.begin_generation();
        // What keys that are not used any more came to would hold on to each catalogue of its time.
        self.entitlements.lock().live().for_each(|(_, entitlement)| entitlement.forget());
    }

    /// Sets what an owner may do, making the owner known if need be.
    pub(super) fn set_owner(self: &Arc<Self>, owner: KeyOwner, ceiling: Ceiling) {
        let mut owners = self.owners.write();
        match owners.get(&owner) {
            Some(known) => known.set_ceiling(ceiling),
            None => {
                owners.insert(owner, Arc::new(OwnerState::new(owner, Arc::clone(self), ceiling)));
            }
        }
    }

    /// The owner, made known as one that is gone if it is not known.
    fn owner_or_gone(self: &Arc<Self>, owner: KeyOwner) -> Arc<OwnerState> {
        if let Some(known) = self.owner(owner) {
            return known;
        }
        self.set_owner(owner, Ceiling::gone(&self.catalogue()));
        self.owner(owner).expect("it was made known just now, and none is forgotten while keys are applied")
    }

    pub(super) fn forget_owners(&self) {
        self.owners.write().clear();
    }

    /// What a key with this policy is entitled to in the hands of this owner.
    pub(super) fn entitle(self: &Arc<Self>, source: PolicySource, owner: KeyOwner) -> Arc<Entitlement> {
        let (policy, owner) = (self.intern(source), self.owner_or_gone(owner));
        let pair = (Arc::as_ptr(&policy) as usize, Arc::as_ptr(&owner) as usize);
        let mut entitlements = self.entitlements.lock();
        if let Some(known) = entitlements.get(&pair) {
            return known;
        }
        let entitlement = Arc::new(Entitlement::new(policy, owner));
        entitlements.insert(pair, &entitlement);
        entitlement
    }

    /// The one policy with this source.
    fn intern(&self, source: PolicySource) -> Arc<Policy> {
        let mut policies = self.policies.lock();
        if let Some(known) = policies.get(&source) {
            return known;
        }
        let source = Arc::new(source);
        let policy = Arc::new(Policy::new(Arc::clone(&source), self));
        policies.insert(source, &policy);
        policy
    }
}

impl fmt::Debug for OrganizationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrganizationState").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A declared permission as a catalogue entry; `None` when its name is no permission, which the declaration checks.
fn catalogue_entry(declared: &DeclaredPermission) -> Option<PermissionEntry> {
    let permission: Permission = declared.name.parse().ok()?;
    Some(PermissionEntry {
        name: declared.name.as_str().into(),
        pattern: permission.patterns().first()?.clone(),
        verb: declared.verb,
        description: declared.description.as_str().into(),
    })
}

/// The catalogue of an organization that has declared nothing: one for all of them.
fn built_in(closed: bool) -> Arc<Catalogue> {
    static OPEN: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(Catalogue::new([], false)));
    static CLOSED: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(Catalogue::new([], true)));
    Arc::clone(if closed { &CLOSED } else { &OPEN })
}
