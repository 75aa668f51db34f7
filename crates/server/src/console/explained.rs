//! What a key, a service account or a role may do, in words.

use std::fmt::Write as _;

use keywright_domain::Right;
use keywright_engine::{ExplainedPermission, Explanation, Standing};

/// An explanation, as a page shows it.
pub(super) struct Explained {
    /// The short of it.
    pub(super) summary: String,
    /// Permissions that the catalogue knows, by catalogue.
    pub(super) parts: Vec<Part>,
    /// Patterns, and permissions that no catalogue knows.
    pub(super) others: Vec<Item>,
}

/// The permissions of one catalogue.
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) resources: Vec<Resource>,
    pub(super) allowed: usize,
    pub(super) taken: usize,
}

/// What may be done to one kind of thing.
pub(super) struct Resource {
    pub(super) name: String,
    pub(super) items: Vec<Item>,
}

/// One permission.
pub(super) struct Item {
    pub(super) spelling: String,
    pub(super) said: String,
    /// Why it cannot be used; empty: it can.
    pub(super) lacking: &'static str,
    /// A word on what of it can be used; empty: all.
    pub(super) partly: &'static str,
}

/// Resources of a catalogue that are shown without being asked for.
const OPEN_AT_MOST: usize = 12;

impl Explained {
    pub(super) fn new(explanation: Explanation) -> Self {
        let is_everything = explanation.is_everything;
        let (ours, of_api): (Vec<_>, Vec<_>) = explanation
            .known
            .into_iter()
            .partition(|one| Right::ALL.iter().any(|right| right.name() == one.permission.name));
        let (immich, own): (Vec<_>, Vec<_>) = of_api.into_iter().partition(|one| one.permission.built_in);
        let parts: Vec<Part> = [("Your API", own), ("Keywright", ours), ("Immich", immich)]
            .into_iter()
            .filter(|(_, permissions)| !permissions.is_empty())
            .map(|(name, permissions)| Part::new(name, permissions))
            .collect();
        let others: Vec<Item> = explanation
            .others
            .into_iter()
            .map(|one| Item {
                said: pattern_in_words(&one.spelling),
                spelling: one.spelling,
                lacking: lacking(one.standing),
                partly: if one.standing == Standing::PartlyAllowed { "limited by owner" } else { "" },
            })
            .collect();
        Self { summary: summary(is_everything, &parts, &others), parts, others }
    }
}

impl Part {
    fn new(name: &'static str, permissions: Vec<ExplainedPermission>) -> Self {
        let allowed = permissions.iter().filter(|one| one.standing == Standing::Allowed).count();
        let taken = permissions.len() - allowed;
        let mut resources: Vec<Resource> = Vec::new();
        for ExplainedPermission { permission, standing } in permissions {
            let resource = permission.name.split('.').next().unwrap_or_default().to_owned();
            let is_named_by_itself = permission.description.ends_with(&permission.name);
            let item = Item {
                said: if is_named_by_itself { String::new() } else { permission.description },
                spelling: permission.name,
                lacking: lacking(standing),
                partly: "",
            };
            match resources.iter_mut().find(|known| known.name == resource) {
                Some(known) => known.items.push(item),
                None => resources.push(Resource { name: resource, items: vec![item] }),
            }
        }
        Self { name, resources, allowed, taken }
    }

    /// Whether it is short enough to be shown at once.
    pub(super) fn is_short(&self) -> bool {
        self.resources.len() <= OPEN_AT_MOST
    }
}

impl Item {
    /// The last word of it, where its resource is said beside.
    pub(super) fn act(&self) -> &str {
        self.spelling.split_once('.').map_or(self.spelling.as_str(), |(_, act)| act)
    }
}

const fn lacking(standing: Standing) -> &'static str {
    match standing {
        Standing::Allowed | Standing::PartlyAllowed => "",
        Standing::BeyondOwner => "owner lacks this",
        Standing::OtherVerb => "verb not granted",
    }
}

fn summary(is_everything: bool, parts: &[Part], others: &[Item]) -> String {
    if is_everything {
        return "All permissions, including the management of this server.".to_owned();
    }
    let allowed: usize = parts.iter().map(|part| part.allowed).sum();
    let taken: usize = parts.iter().map(|part| part.taken).sum::<usize>()
        + others.iter().filter(|item| !item.lacking.is_empty()).count();
    let reaching = others.iter().filter(|item| item.lacking.is_empty()).count();
    let plural =
        |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let mut said = match (allowed, reaching) {
        (0, 0) => "No permissions in effect.".to_owned(),
        (0, some) => format!("{}.", plural(some, "pattern", "patterns")),
        (some, 0) => format!("{}.", plural(some, "permission", "permissions")),
        (some, more) => format!(
            "{} and {}.",
            plural(some, "permission", "permissions"),
            plural(more, "pattern", "patterns"),
        ),
    };
    if taken > 0 {
        let _ = write!(said, " {taken} more granted but not in effect.");
    }
    said
}

/// A pattern, such as `invoice.*`, as people say it.
fn pattern_in_words(spelling: &str) -> String {
    match spelling.split_once('.') {
        None if spelling == "all" => "everything".to_owned(),
        Some((resource, "*")) if resource != "*" => format!("everything on {resource}"),
        Some(("*", act)) if act != "*" => format!("{act} on anything"),
        _ => String::new(),
    }
}
