//! The roles of an organization's members, and the ceiling that each sets.

use serde::{Deserialize, Serialize};

use crate::access::{Access, Term};
use crate::catalogue::governing;
use crate::permission::{Pattern, VerbSet};

/// What a member is in an organization. Ordered: nobody touches a role above their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberRole {
    /// Reads, and sees the facts of their own keys.
    Viewer,
    /// Has the application's permissions and their own keys.
    Developer,
    /// May do all but touch owners and close the organization.
    Admin,
    /// May do all.
    Owner,
}

impl MemberRole {
    /// All roles, the most powerful first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Developer, Self::Viewer];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Developer => "developer",
            Self::Viewer => "viewer",
        }
    }

    /// Reads the word on the wire.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// What a member with this role may do at most, and so may their keys.
    ///
    /// Developers and viewers see who and what else is in the organization (people, service accounts, roles, the
    /// catalogue); the audit log and usage are for those who run it. A developer may verify: that tells nothing
    /// about a key to somebody who does not hold it already.
    pub fn ceiling(self) -> Access {
        const LOOK: [&str; 6] = [
            "apiKey.read",
            "organization.read",
            "member.read",
            "serviceAccount.read",
            "role.read",
            "catalogue.read",
        ];
        const OWN_KEYS: [&str; 4] = ["apiKey.create", "apiKey.update", "apiKey.delete", "apiKey.verify"];
        match self {
            Self::Owner => Access::everything(),
            Self::Admin => application_and(VerbSet::ALL, |name| name != "organization.delete"),
            Self::Developer => {
                application_and(VerbSet::ALL, |name| LOOK.contains(&name) || OWN_KEYS.contains(&name))
            }
            Self::Viewer => application_and(VerbSet::READ, |name| LOOK.contains(&name)),
        }
    }
}

/// All of the application's permissions, and those governing ones that `governs` picks.
fn application_and(verbs: VerbSet, governs: impl Fn(&str) -> bool) -> Access {
    let picked = governing().filter(|pattern| governs(&pattern.to_string()));
    let terms = picked.filter_map(|pattern| Term::new(pattern.clone(), true));
    Access::new(terms.chain(Term::new(Pattern::All, false)), verbs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_covered_by_those_above_it() {
        for (position, higher) in MemberRole::ALL.iter().enumerate() {
            for lower in &MemberRole::ALL[position..] {
                assert!(higher.ceiling().covers(&lower.ceiling()), "{higher:?} does not cover {lower:?}");
                assert!(higher >= lower);
            }
        }
        assert!(!MemberRole::Admin.ceiling().covers(&MemberRole::Owner.ceiling()));
        assert!(!MemberRole::Developer.ceiling().covers(&MemberRole::Admin.ceiling()));
    }
}
