//! The organization's catalogue: the permissions that it declares beside the built-in ones.

use keywright_domain::{Access, Pattern, Permission, Right, Verb, VerbSet, is_keywright};
use keywright_store::{Command, DeclaredPermission, Refusal, Revision};

use crate::Engine;
use crate::actor::Actor;
use crate::change::Act;
use crate::error::Error;
use crate::keys::require_within;
use crate::text::Problems;

/// The most permissions that an organization declares.
const MAX_DECLARED: usize = 2_000;

/// A permission to be declared.
#[derive(Debug, Clone, Default)]
pub struct PermissionDraft {
    /// One permission, `resource.action`.
    pub name: Option<String>,
    /// READ, CREATE, UPDATE, DELETE or MANAGE; left out, it follows from the last segment.
    pub verb: Option<String>,
    /// What it allows, for people.
    pub description: Option<String>,
}

/// A permission of the catalogue.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct PermissionView {
    /// Its plain spelling.
    pub name: String,
    /// Its verb.
    pub verb: Verb,
    /// What it allows.
    pub description: String,
    /// Whether it belongs to a built-in catalogue, which cannot be redefined.
    pub built_in: bool,
}

const fn no_such_permission() -> Error {
    Error::NotFound { kind: "permission" }
}

impl Engine {
    /// The catalogue: the permissions of `keywright`, the declared ones in the order of their declaration, then those
    /// of `immich` that are not declared anew. Needs `catalogue.read`.
    pub fn permissions(&self, actor: &Actor) -> Result<Vec<PermissionView>, Error> {
        actor.require(Right::CatalogueRead)?;
        let catalogue = actor.organization.catalogue();
        let view = |entry: &keywright_domain::PermissionEntry| PermissionView {
            name: entry.name.to_string(),
            verb: entry.verb,
            description: entry.description.to_string(),
            built_in: !catalogue.is_own(&entry.name),
        };
        Ok(catalogue.entries().iter().map(view).collect())
    }

    /// Declares a permission, or changes one that is declared. Needs `catalogue.create`, or `catalogue.update` where
    /// it exists; and since its verb decides which keys have it, the permission itself, with every verb.
    pub async fn declare_permission(
        &self,
        actor: &Actor,
        draft: PermissionDraft,
    ) -> Result<PermissionView, Error> {
        let act = Act::new("catalogue.declare", "permission", None);
        self.audited(actor, act, async {
            // One of the two is needed whatever is declared; which one is decided when the name is known.
            if !actor.has(Right::CatalogueUpdate) {
                actor.require(Right::CatalogueCreate)?;
            }
            let mut problems = Problems::default();
            let permission = read_concrete(&mut problems, draft.name.as_deref());
            let verb = draft.verb.as_deref().map(|text| {
                Verb::parse(text).unwrap_or_else(|| {
                    problems.add("verb", "must be READ, CREATE, UPDATE, DELETE or MANAGE");
                    Verb::Manage
                })
            });
            let description = problems.description("description", draft.description).unwrap_or_default();
            problems.finish()?;
            let pattern = permission.ok_or_else(no_such_permission)?;
            let name = pattern.to_string();
            let catalogue = actor.organization.catalogue();
            let exists = catalogue.is_own(&name);
            actor.require(if exists { Right::CatalogueUpdate } else { Right::CatalogueCreate })?;
            if !exists && catalogue.own().len() >= MAX_DECLARED {
                return Err(Error::Conflict(format!(
                    "an organization declares at most {MAX_DECLARED} permissions"
                )));
            }
            let verb = verb.unwrap_or_else(|| Verb::of_action(pattern.action().unwrap_or_default()));
            // Also where the verb seems to stay: somebody else may be changing it right now.
            if exists || catalogue.verb(&pattern) != verb {
                require_whole(actor, pattern)?;
            }
            let now = self.now();
            let declared = DeclaredPermission {
                name: name.clone(),
                verb,
                description: description.clone(),
                created_at: now,
                updated_at: now,
                revision: Revision::ZERO,
            };
            let act = Act::new("catalogue.declare", "permission", None)
                .with("name", name.as_str())
                .with("verb", verb.as_str());
            let command =
                Command::PutPermission { organization: actor.organization_id(), permission: declared };
            let view = PermissionView { name, verb, description, built_in: false };
            let changed = self.change(actor, &act, command, view).await;
            changed.map(|changed| changed.value).map_err(|refused| refused.into_error(|_| None))
        })
        .await
    }

    /// Takes a declaration back; the permission's verb follows from its last segment again. Needs `catalogue.delete`,
    /// and the permission itself, with every verb.
    pub async fn delete_permission(&self, actor: &Actor, name: &str) -> Result<(), Error> {
        let act = Act::new("catalogue.delete", "permission", None).with("name", name);
        self.audited(actor, act.clone(), async {
            actor.require(Right::CatalogueDelete)?;
            if let Some(()) = self.answered_before(actor).await? {
                return Ok(());
            }
            let mut problems = Problems::default();
            let pattern = read_concrete(&mut problems, Some(name));
            problems.finish()?;
            let pattern = pattern.ok_or_else(no_such_permission)?;
            if !actor.organization.catalogue().is_own(&pattern.to_string()) {
                return Err(no_such_permission());
            }
            let name = pattern.to_string();
            require_whole(actor, pattern)?;
            let command = Command::DeletePermission { organization: actor.organization_id(), name };
            let changed = self.change(actor, &act, command, ()).await;
            changed.map(drop).map_err(|refused| {
                refused.into_error(|refusal| matches!(refusal, Refusal::NotFound).then(no_such_permission))
            })
        })
        .await
    }
}

/// One permission that is not built in.
fn read_concrete(problems: &mut Problems, name: Option<&str>) -> Option<Pattern> {
    let Some(name) = name else {
        problems.add("name", "is required");
        return None;
    };
    let permission: Permission = problems.parsed("name", name)?;
    match permission.patterns() {
        [pattern] if pattern.is_concrete() && !is_keywright(pattern) => return Some(pattern.clone()),
        [pattern] if pattern.is_concrete() => problems.add("name", "is built in and cannot be redefined"),
        _ => problems.add("name", "must be one permission, such as invoice.send, and no pattern"),
    }
    None
}

/// Refuses a caller that does not have this permission with every verb: changing its verb changes who has it.
fn require_whole(actor: &Actor, pattern: Pattern) -> Result<(), Error> {
    let permission = Permission::of_pattern(pattern);
    require_within(actor, &Access::of_permissions([&permission], VerbSet::ALL, true))
}
