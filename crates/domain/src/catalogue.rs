//! Catalogues: which permissions there are, with which verb.

use std::collections::HashMap;
use std::mem::take;
use std::sync::{Arc, LazyLock, RwLock};

use crate::immich::{self, IMMICH};
use crate::permission::{Pattern, Permission, Verb};

/// A permission that a catalogue knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionEntry {
    /// Its plain spelling, `resource.action`.
    pub name: Box<str>,
    /// What it matches: itself alone.
    pub pattern: Pattern,
    /// Its verb.
    pub verb: Verb,
    /// What it allows, for people.
    pub description: Box<str>,
}

macro_rules! management {
    ($($right:ident $name:literal $verb:ident $description:literal;)*) => {
        /// A permission of the built-in catalogue `keywright`: what governs this server itself.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Right {
            $(#[doc = $description] $right,)*
        }

        impl Right {
            /// All of them; the position is the bit in every catalogue.
            pub const ALL: &[Self] = &[$(Self::$right),*];

            /// The plain spelling, such as `apiKey.create`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$right => $name,)*
                }
            }
        }

        /// The built-in catalogue `keywright`, in the order of [`Right::ALL`]. It cannot be redefined.
        pub static KEYWRIGHT: LazyLock<Vec<PermissionEntry>> = LazyLock::new(|| {
            vec![$(PermissionEntry {
                name: $name.into(),
                pattern: Pattern::of_words($name.split('.')),
                verb: Verb::$verb,
                description: $description.into(),
            }),*]
        });
    };
}

management! {
    ApiKeyCreate "apiKey.create" Create "Create own API keys";
    ApiKeyRead "apiKey.read" Read "View own API keys";
    ApiKeyUpdate "apiKey.update" Update "Edit and rotate own API keys";
    ApiKeyDelete "apiKey.delete" Delete "Revoke own API keys";
    ApiKeyVerify "apiKey.verify" Read "Verify API keys";
    ApiKeyManage "apiKey.manage" Manage "Manage everyone's API keys";
    OrganizationCreate "organization.create" Manage "Create organizations";
    OrganizationRead "organization.read" Read "View the organization";
    OrganizationUpdate "organization.update" Manage "Edit the organization's settings";
    OrganizationDelete "organization.delete" Manage "Delete the organization";
    MemberCreate "member.create" Manage "Invite members";
    MemberRead "member.read" Read "View members";
    MemberUpdate "member.update" Manage "Change members' roles";
    MemberDelete "member.delete" Manage "Remove members";
    ServiceAccountCreate "serviceAccount.create" Manage "Create service accounts";
    ServiceAccountRead "serviceAccount.read" Read "View service accounts";
    ServiceAccountUpdate "serviceAccount.update" Manage "Edit, enable and disable service accounts";
    ServiceAccountDelete "serviceAccount.delete" Manage "Delete service accounts and revoke their keys";
    RoleCreate "role.create" Manage "Create roles";
    RoleRead "role.read" Read "View roles";
    RoleUpdate "role.update" Manage "Edit roles";
    RoleDelete "role.delete" Manage "Delete roles";
    CatalogueCreate "catalogue.create" Manage "Add permissions";
    CatalogueRead "catalogue.read" Read "View the permission catalogue";
    CatalogueUpdate "catalogue.update" Manage "Edit permissions";
    CatalogueDelete "catalogue.delete" Manage "Remove permissions";
    PortalSessionCreate "portalSession.create" Manage "Create portal sessions";
    PortalSessionRead "portalSession.read" Read "View portal sessions";
    PortalSessionUpdate "portalSession.update" Manage "Edit portal sessions";
    PortalSessionDelete "portalSession.delete" Manage "End portal sessions";
    WebhookCreate "webhook.create" Manage "Create webhooks";
    WebhookRead "webhook.read" Read "View webhooks";
    WebhookUpdate "webhook.update" Manage "Edit webhooks";
    WebhookDelete "webhook.delete" Manage "Delete webhooks";
    AuditEventRead "auditEvent.read" Read "View the audit log";
    UsageRead "usage.read" Read "View usage";
}

/// Whether a concrete pattern is a permission of the `keywright` catalogue.
pub fn is_keywright(concrete: &Pattern) -> bool {
    KEYWRIGHT.iter().any(|entry| entry.pattern == *concrete)
}

/// Whether a concrete pattern governs who may do what, so that it must be meant to be granted: a permission of the
/// `keywright` catalogue, or one over the users of the Immich dialect.
pub(crate) fn is_governing(concrete: &Pattern) -> bool {
    is_keywright(concrete) || immich::governs_users(concrete)
}

/// All permissions of which [`is_governing`] is true.
pub(crate) fn governing() -> impl Iterator<Item = &'static Pattern> {
    KEYWRIGHT.iter().map(|entry| &entry.pattern).chain(immich::GOVERNING.iter())
}

/// The permissions that one organization knows: the `keywright` catalogue, then its own in the order of their
/// declaration, then those of the `immich` catalogue that it has not declared itself.
#[derive(Debug)]
pub struct Catalogue {
    entries: Vec<PermissionEntry>,
    /// How many of them are of `keywright` or the organization's own.
    declared: usize,
    /// The names are the organization's own: nobody gains by choosing them so that they collide, and every verification
    /// looks one up.
    bits: HashMap<Box<str>, u32, foldhash::fast::RandomState>,
    by_verb: [Box<[u64]>; 5],
    closed: bool,
    recalled: Recalled,
}

/// What spellings that are in no catalogue came to when they were asked for: they are asked for again and again.
type Recalled = RwLock<HashMap<Box<str>, Arc<[(Pattern, Verb)]>, foldhash::fast::RandomState>>;

/// Spellings that are recalled: a text of at most 128 characters and a few words each, 30 kB.
const MAX_RECALLED: usize = 64;

impl Catalogue {
    /// The built-in catalogues and an organization's own permissions. One that repeats a permission of `keywright` or
    /// an earlier one is left out. `closed`: only permissions of `keywright` and the organization's own can be granted.
    pub fn new(own: impl IntoIterator<Item = PermissionEntry>, closed: bool) -> Self {
        let mut entries: Vec<PermissionEntry> = KEYWRIGHT.clone();
        let mut bits: HashMap<Box<str>, u32, foldhash::fast::RandomState> = HashMap::default();
        for (bit, entry) in (0..).zip(&entries) {
            bits.insert(entry.name.clone(), bit);
        }
        let mut add = |entries: &mut Vec<PermissionEntry>, entry: PermissionEntry| {
            let bit = u32::try_from(entries.len()).expect("a catalogue has fewer than 2^32 permissions");
            if let std::collections::hash_map::Entry::Vacant(free) = bits.entry(entry.name.clone()) {
                free.insert(bit);
                entries.push(entry);
            }
        };
        for entry in own {
            add(&mut entries, entry);
        }
        let declared = entries.len();
        for entry in IMMICH.iter() {
            add(&mut entries, entry.clone());
        }
        let mask = |verb: Verb| {
            let mut words = vec![0_u64; entries.len().div_ceil(64)];
            for (bit, _) in entries.iter().enumerate().filter(|(_, entry)| entry.verb == verb) {
                words[bit / 64] |= 1 << (bit % 64);
            }
            words.into_boxed_slice()
        };
        let by_verb = Verb::ALL.map(mask);
        Self { entries, declared, bits, by_verb, closed, recalled: Recalled::default() }
    }

    /// What a spelling that is not here came to, or comes to now.
    pub(crate) fn recall<E>(
        &self,
        spelling: &str,
        resolve: impl FnOnce() -> Result<Arc<[(Pattern, Verb)]>, E>,
    ) -> Result<Arc<[(Pattern, Verb)]>, E> {
        // Nobody waits here: who does not get in at once resolves.
        let known = self.recalled.try_read().ok().and_then(|known| known.get(spelling).map(Arc::clone));
        if let Some(known) = known {
            return Ok(known);
        }
        let resolved = resolve()?;
        let (name, recalled) = (Box::from(spelling), Arc::clone(&resolved));
        if let Ok(mut all) = self.recalled.try_write() {
            // Who asks for another one each time begins anew each time, and gains nothing by it.
            let forgotten = (all.len() >= MAX_RECALLED).then(|| take(&mut *all));
            all.insert(name, recalled);
            drop(all);
            drop(forgotten);
        }
        Ok(resolved)
    }

    /// Whether permissions that are not here cannot be granted.
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// All permissions; the position is the bit.
    pub fn entries(&self) -> &[PermissionEntry] {
        &self.entries
    }

    /// Whether a permission, in its plain spelling, is the organization's own.
    pub fn is_own(&self, name: &str) -> bool {
        self.bit(name).is_some_and(|bit| (KEYWRIGHT.len()..self.declared).contains(&(bit as usize)))
    }

    /// The organization's own permissions, in the order of their declaration.
    pub fn own(&self) -> &[PermissionEntry] {
        &self.entries[KEYWRIGHT.len()..self.declared]
    }

    /// The bit of a permission in its plain spelling.
    pub fn bit(&self, name: &str) -> Option<u32> {
        self.bits.get(name).copied()
    }

    /// The verb of a concrete pattern: the catalogue's, else by its last segment.
    pub fn verb(&self, concrete: &Pattern) -> Verb {
        match self.bit(&concrete.to_string()) {
            Some(bit) => self.entries[bit as usize].verb,
            None => Verb::of_action(concrete.action().unwrap_or_default()),
        }
    }

    /// The bits of all permissions with a verb.
    pub(crate) fn mask(&self, verb: Verb) -> &[u64] {
        &self.by_verb[verb as usize]
    }

    /// In a closed catalogue, the first permission that matches nothing in it.
    pub fn first_unknown<'a>(&self, permissions: &'a [Permission]) -> Option<&'a Permission> {
        if !self.closed {
            return None;
        }
        let declared = &self.entries[..self.declared];
        let known = |pattern: &Pattern| declared.iter().any(|entry| pattern.covers(&entry.pattern));
        permissions.iter().find(|permission| !permission.patterns().iter().all(known))
    }
}

impl Default for Catalogue {
    /// The built-in catalogue alone, open.
    fn default() -> Self {
        Self::new([], false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiled::DemandedPermission;
    use crate::decision::DemandError;

    #[test]
    fn what_is_recalled_is_bounded_and_changes_nothing() {
        let catalogue = Catalogue::default();
        let resolved = |spelling: &str| format!("{:?}", DemandedPermission::resolve(spelling, &catalogue));
        let first = resolved("invoice.read");
        for other in 0..2 * MAX_RECALLED {
            assert!(DemandedPermission::resolve(&format!("invoice.act{other}"), &catalogue).is_ok());
            assert!(catalogue.recalled.read().unwrap().len() <= MAX_RECALLED);
        }
        assert_eq!(resolved("invoice.read"), first);
        assert_eq!(resolved("invoice.read"), first);
    }

    #[test]
    fn what_nobody_may_ask_for_is_not_recalled() {
        let catalogue = Catalogue::default();
        for _ in 0..2 {
            let pattern = DemandedPermission::resolve("invoice.*", &catalogue);
            assert!(matches!(pattern, Err(DemandError::PatternDemanded)));
        }
        assert!(catalogue.recalled.read().unwrap().is_empty());
    }
}
