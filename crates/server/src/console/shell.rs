//! What every page of the console has around its content: who looks, at which organization, and the way elsewhere.

use keywright_domain::{MemberRole, Right};
use keywright_engine::{Actor, Whoami};
use keywright_store::Organization;

use super::server::runs_it;

/// A part of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// Where one lands.
    Home,
    /// API keys.
    Keys,
    /// Owners of keys that are no person.
    ServiceAccounts,
    /// People.
    Members,
    /// What members may do.
    Roles,
    /// Permissions.
    Catalogue,
    /// How keys are used.
    Usage,
    /// The audit log.
    Audit,
    /// The organization.
    Settings,
    /// The server, for those who run it.
    Server,
    /// One's own account: in the menu of the person, and not in the navigation.
    Account,
}

impl Section {
    const ALL: [Self; 10] = [
        Self::Home,
        Self::Keys,
        Self::ServiceAccounts,
        Self::Members,
        Self::Roles,
        Self::Catalogue,
        Self::Usage,
        Self::Audit,
        Self::Settings,
        Self::Server,
    ];

    const fn entry(self) -> Entry {
        let (href, label) = match self {
            Self::Home => (super::HOME, "Overview"),
            Self::Keys => ("/console/keys", "API keys"),
            Self::ServiceAccounts => ("/console/service-accounts", "Service accounts"),
            Self::Members => ("/console/members", "Members"),
            Self::Roles => ("/console/roles", "Roles"),
            Self::Catalogue => ("/console/catalogue", "Catalogue"),
            Self::Usage => ("/console/usage", "Usage"),
            Self::Audit => ("/console/audit", "Audit log"),
            Self::Settings => ("/console/settings", "Settings"),
            Self::Server => ("/console/server", "Server"),
            Self::Account => ("/console/account", "Account"),
        };
        Entry { href, label, section: self }
    }

    /// The part that an address belongs to, as an address that can be looked at; home for any other.
    pub(super) fn of(path: &str) -> &'static str {
        let parts = Self::ALL.into_iter().chain([Self::Account]).map(|section| section.entry().href);
        let is_in = |part: &&str| {
            path.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        parts.filter(|part| *part != super::HOME).find(is_in).unwrap_or(super::HOME)
    }

    /// Whether there is anything for this person to see there: what is not offered is refused when tried, too.
    fn is_for(self, actor: &Actor) -> bool {
        match self {
            Self::Home | Self::Account => true,
            Self::Keys => actor.has(Right::ApiKeyRead),
            Self::ServiceAccounts => actor.has(Right::ServiceAccountRead),
            Self::Members => actor.has(Right::MemberRead),
            Self::Roles => actor.has(Right::RoleRead) && actor.has(Right::MemberRead),
            Self::Catalogue => actor.has(Right::CatalogueRead),
            Self::Usage => actor.has(Right::UsageRead),
            Self::Audit => actor.has(Right::AuditEventRead),
            Self::Settings => actor.has(Right::OrganizationRead),
            Self::Server => runs_it(actor),
        }
    }
}

/// The frame of a page.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) person: String,
    pub(super) email: Option<String>,
    pub(super) role: &'static str,
    pub(super) organization: String,
    /// Its number: forms name the organization that they are for.
    pub(super) number: i64,
    /// How long its keys last at most.
    pub(super) longest_expiry_seconds: Option<i64>,
    /// What its new keys begin with.
    pub(super) key_prefix: String,
    /// Where its days and months begin.
    pub(super) time_zone: String,
    /// The others that the person can turn to.
    pub(super) others: Vec<Other>,
    pub(super) sections: Vec<Entry>,
}

/// An organization to turn to.
#[derive(Debug)]
pub(super) struct Other {
    pub(super) number: i64,
    pub(super) name: String,
}

/// A line of the navigation.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) href: &'static str,
    pub(super) label: &'static str,
    pub(super) section: Section,
}

impl Shell {
    pub(super) fn new(actor: &Actor, who: Whoami, organizations: Vec<Organization>) -> Self {
        let (person, email) = who.user.map(|user| (user.name, user.email)).unwrap_or_default();
        let others = organizations.into_iter().filter(|other| other.id != who.organization.id);
        let offered = Section::ALL.into_iter().filter(|section| section.is_for(actor));
        Self {
            person,
            email,
            role: who.role.map_or("", MemberRole::as_str),
            longest_expiry_seconds: who.organization.max_expiry_seconds,
            key_prefix: who.organization.key_prefix.to_string(),
            time_zone: who.organization.time_zone.to_string(),
            organization: who.organization.name,
            number: who.organization.number,
            others: others.map(|other| Other { number: other.number, name: other.name }).collect(),
            sections: offered.map(Section::entry).collect(),
        }
    }

    /// Whether the navigation leads there.
    pub(super) fn offers(&self, href: &str) -> bool {
        self.sections.iter().any(|entry| entry.href == href)
    }
}
