//! What every page of the console has around its content: who looks, at which organization, and the way elsewhere.

use keywright_domain::{MemberRole, Right};
use keywright_engine::{Actor, Whoami};
use keywright_store::Organization;

/// A part of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// API keys.
    Keys,
    /// The audit log.
    Audit,
}

impl Section {
    const ALL: [Self; 2] = [Self::Keys, Self::Audit];

    const fn href(self) -> &'static str {
        match self {
            Self::Keys => "/console/keys",
            Self::Audit => "/console/audit",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Keys => "API keys",
            Self::Audit => "Audit log",
        }
    }

    /// What one must be allowed to do there for it to be offered at all.
    const fn right(self) -> Right {
        match self {
            Self::Keys => Right::ApiKeyRead,
            Self::Audit => Right::AuditEventRead,
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
        let offered = Section::ALL.into_iter().filter(|section| actor.has(section.right()));
        Self {
            person,
            email,
            role: who.role.map_or("", MemberRole::as_str),
            organization: who.organization.name,
            others: others.map(|other| Other { number: other.number, name: other.name }).collect(),
            sections: offered
                .map(|section| Entry { href: section.href(), label: section.label(), section })
                .collect(),
        }
    }
}
