//! Verbs.

use keywright_domain::VerbSet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of act a permission allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Verb {
    /// Look at something.
    Read,
    /// Make something new.
    Create,
    /// Change something.
    Update,
    /// Remove something.
    Delete,
    /// Administer accounts.
    Manage,
}

impl From<Verb> for keywright_domain::Verb {
    fn from(verb: Verb) -> Self {
        match verb {
            Verb::Read => Self::Read,
            Verb::Create => Self::Create,
            Verb::Update => Self::Update,
            Verb::Delete => Self::Delete,
            Verb::Manage => Self::Manage,
        }
    }
}

impl From<keywright_domain::Verb> for Verb {
    fn from(verb: keywright_domain::Verb) -> Self {
        use keywright_domain::Verb as Domain;
        match verb {
            Domain::Read => Self::Read,
            Domain::Create => Self::Create,
            Domain::Update => Self::Update,
            Domain::Delete => Self::Delete,
            Domain::Manage => Self::Manage,
        }
    }
}

/// The verbs of a set, in their order.
pub(crate) fn verbs_of(set: VerbSet) -> Vec<Verb> {
    set.iter().map(Verb::from).collect()
}
