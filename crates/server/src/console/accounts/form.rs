//! The form of a service account: what it shows, and what a sent one asks for.

use keywright_domain::{Permission, RateLimit};
use keywright_engine::{FieldProblem, ServiceAccountDraft, ServiceAccountPatch};
use keywright_store::{Change, ServiceAccount};

use crate::console::fields::Fields;
use crate::console::form::Problems;
use crate::console::limit_rows;
use crate::console::permission_tree;

/// What the form of an account says.
pub(super) fn of_account(account: &ServiceAccount) -> Fields {
    let fields = Fields::default()
        .with("revision", account.revision.0.to_string())
        .with("name", &account.name)
        .with("description", account.description.as_deref().unwrap_or_default())
        .with_all("permission", account.permissions.iter().map(ToString::to_string));
    limit_rows::put(fields, &account.rate_limits)
}

/// A new account, as the form asks for it.
pub(super) fn draft(fields: &Fields) -> Result<ServiceAccountDraft, Problems> {
    let mut problems = Vec::new();
    let draft = ServiceAccountDraft {
        name: Some(fields.text("name").to_owned()),
        description: fields.given("description"),
        permissions: Some(permission_tree::chosen(fields)),
        rate_limits: Some(limit_rows::read(fields, &mut problems)),
    };
    finished(draft, problems)
}

/// What the form changes: what says the same as before is left alone, so that whoever may change the name need not be able
/// to hand out all the rest.
pub(super) fn patch(before: &ServiceAccount, fields: &Fields) -> Result<ServiceAccountPatch, Problems> {
    let mut problems = Vec::new();
    let mut patch = ServiceAccountPatch::default();
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
    let limits: Vec<RateLimit> = limit_rows::read_beside(fields, &before.rate_limits, &mut problems);
    if limits != before.rate_limits {
        patch.rate_limits = Change::Set(Some(limits));
    }
    finished(patch, problems)
}

fn finished<T>(read: T, problems: Vec<FieldProblem>) -> Result<T, Problems> {
    if problems.is_empty() { Ok(read) } else { Err(Problems::new(problems)) }
}
