//! The form of a role for keys: what it shows, and what a sent one asks for.

use keywright_domain::Permission;
use keywright_engine::{RoleDraft, RolePatch};
use keywright_store::{Change, Role};

use crate::console::fields::Fields;
use crate::console::permission_tree;

/// What the form of a role says.
pub(super) fn of_role(role: &Role) -> Fields {
    Fields::default()
        .with("revision", role.revision.0.to_string())
        .with("name", &role.name)
        .with("description", role.description.as_deref().unwrap_or_default())
        .with_all("permission", role.permissions.iter().map(ToString::to_string))
}

/// A new role, as the form asks for it.
pub(super) fn draft(fields: &Fields) -> RoleDraft {
    RoleDraft {
        name: Some(fields.text("name").to_owned()),
        description: fields.given("description"),
        permissions: Some(permission_tree::chosen(fields)),
    }
}

/// What the form changes of the role as it was `before`, and of that alone: what says the same as before is left alone, so
/// that whoever may change the name need not be able to hand out all the rest.
pub(super) fn patch(before: &Role, fields: &Fields) -> RolePatch {
    let mut patch = RolePatch { unchanged_since: Some(before.revision), ..RolePatch::default() };
    if fields.text("name") != before.name {
        patch.name = Change::Set(Some(fields.text("name").to_owned()));
    }
    if fields.given("description") != before.description {
        patch.description = Change::Set(fields.given("description"));
    }
    let chosen = permission_tree::chosen(fields);
    if permission_tree::differ(&chosen, before.permissions.iter().map(Permission::to_string)) {
        patch.permissions = Change::Set(Some(chosen));
    }
    patch
}
