//! The permissions of the catalogue to choose from, by resource.

use keywright_engine::{Actor, Engine, PermissionView};

use super::fields::Fields;
use super::form::Problems;
use super::limit_rows::{self, LimitRow};

/// A form of something that has permissions: what it offers, holds and complains of.
pub(super) struct GrantForm {
    pub(super) fields: Fields,
    pub(super) problems: Problems,
    pub(super) tree: PermissionTree,
}

impl GrantForm {
    pub(super) fn new(engine: &Engine, actor: &Actor, fields: Fields, problems: Problems) -> Self {
        let tree = PermissionTree::of(engine.permissions(actor).unwrap_or_default());
        Self { fields, problems, tree }
    }

    /// What is wrong with a field, its parts included; empty: nothing.
    pub(super) fn wrong(&self, field: &str) -> &str {
        self.problems.about(field)
    }

    pub(super) fn limit_rows(&self) -> Vec<LimitRow> {
        limit_rows::of(&self.fields)
    }
}

/// What there is to choose from.
pub(super) struct PermissionTree {
    pub(super) groups: Vec<Group>,
}

/// Permissions of one resource.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) permissions: Vec<PermissionView>,
}

impl PermissionTree {
    /// Permissions by their resource, the organization's own first, in the order in which the resources first come.
    pub(super) fn of(mut permissions: Vec<PermissionView>) -> Self {
        permissions.sort_by_key(|permission| permission.built_in);
        let mut groups: Vec<Group> = Vec::new();
        for permission in permissions {
            let resource = permission.name.split('.').next().unwrap_or_default();
            match groups.iter_mut().find(|group| group.name == resource) {
                Some(group) => group.permissions.push(permission),
                None => groups.push(Group { name: resource.to_owned(), permissions: vec![permission] }),
            }
        }
        Self { groups }
    }

    /// What is had or was typed, and no group offers.
    pub(super) fn others(&self, fields: &Fields) -> Vec<String> {
        let offered = |name: &str| {
            self.groups.iter().flat_map(|group| &group.permissions).any(|permission| permission.name == name)
        };
        let had = fields.all("permission").filter(|name| !offered(name)).map(str::to_owned);
        had.chain(fields.lines("otherPermissions")).collect()
    }
}

/// Whether a form chose other permissions than there are, in whatever order.
pub(super) fn differ(chosen: &[String], had: impl Iterator<Item = String>) -> bool {
    let (mut chosen, mut had) = (chosen.to_vec(), had.collect::<Vec<_>>());
    chosen.sort_unstable();
    had.sort_unstable();
    chosen != had
}

/// What a form chose: boxes and lines, each permission once.
pub(super) fn chosen(fields: &Fields) -> Vec<String> {
    let ticked = fields.all("permission").map(str::to_owned);
    let mut all: Vec<String> = ticked.chain(fields.lines("otherPermissions")).collect();
    let mut seen = std::collections::HashSet::new();
    all.retain(|permission| seen.insert(permission.clone()));
    all
}
