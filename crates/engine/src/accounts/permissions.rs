//! The organization's catalogue: the permissions that it declares beside the built-in ones.

use keywright_domain::{
    Access, Catalogue, OrganizationId, Pattern, Permission, Right, Timestamp, Verb, VerbSet, is_keywright,
};
use keywright_store::{Command, DeclaredPermission, Refusal, Revision};

use crate::Engine;
use crate::actor::Actor;
use crate::change::{Act, Decided};
use crate::error::Error;
use crate::index::VerbChange;
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

/// A permission that was declared, or would be.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Declared {
    /// As the catalogue has it then.
    pub permission: PermissionView,
    /// How many keys gain or lose it by that, revoked ones aside: its verb decides which keys have it.
    pub keys_touched: u64,
}

/// A declaration that was read.
pub(super) struct Declaration {
    pub(super) pattern: Pattern,
    pub(super) name: String,
    pub(super) verb: Verb,
    pub(super) description: String,
}

impl Declaration {
    /// Reads a draft. `place` stands before the names of fields that are wrong.
    pub(super) fn read(problems: &mut Problems, place: &str, draft: PermissionDraft) -> Option<Self> {
        let pattern = read_concrete(problems, &format!("{place}name"), draft.name.as_deref());
        let verb = draft.verb.as_deref().map(|text| {
            Verb::parse(text).unwrap_or_else(|| {
                problems.add(format!("{place}verb"), "must be READ, CREATE, UPDATE, DELETE or MANAGE");
                Verb::Manage
            })
        });
        let description = problems.description(&format!("{place}description"), draft.description);
        let pattern = pattern?;
        let verb = verb.unwrap_or_else(|| Verb::of_action(pattern.action().unwrap_or_default()));
        Some(Self { name: pattern.to_string(), pattern, verb, description: description.unwrap_or_default() })
    }

    pub(super) fn act(&self) -> Act {
        let act = Act::new("catalogue.declare", "permission", None);
        act.with("name", self.name.as_str()).with("verb", self.verb.as_str())
    }

    pub(super) fn row(&self, now: Timestamp) -> DeclaredPermission {
        DeclaredPermission {
            name: self.name.clone(),
            verb: self.verb,
            description: self.description.clone(),
            created_at: now,
            updated_at: now,
            revision: Revision::ZERO,
        }
    }
}

/// The verb of a permission that the organization declared.
pub(super) fn declared_verb(catalogue: &Catalogue, name: &str) -> Option<Verb> {
    catalogue.own().iter().find(|entry| *entry.name == *name).map(|entry| entry.verb)
}

/// Refuses more declarations than there is room for.
pub(super) fn check_room(wanted: usize) -> Result<(), Error> {
    if wanted <= MAX_DECLARED {
        return Ok(());
    }
    Err(Error::Conflict(format!("an organization declares at most {MAX_DECLARED} permissions")))
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
    pub async fn declare_permission(&self, actor: &Actor, draft: PermissionDraft) -> Result<Declared, Error> {
        let act = Act::new("catalogue.declare", "permission", None);
        self.audited(actor, act, async {
            self.change_row(
                actor,
                |_| None,
                || async {
                    let (declaration, known_verb, declared) =
                        self.accept_declaration(actor, draft.clone()).await?;
                    let act = declaration.act();
                    let organization = actor.organization_id();
                    let permission = declaration.row(self.now());
                    let command = Command::PutPermission { organization, known_verb, permission };
                    Ok(Decided::Write(act.clone(), command, declared))
                },
            )
            .await
        })
        .await
    }

    /// What a declaration would come to. Needs what [`Engine::declare_permission`] needs, and changes nothing.
    pub async fn preview_permission(&self, actor: &Actor, draft: PermissionDraft) -> Result<Declared, Error> {
        let act = Act::new("catalogue.declare", "permission", None);
        let accepted = self.audited(actor, act, self.accept_declaration(actor, draft)).await?;
        Ok(accepted.2)
    }

    async fn accept_declaration(
        &self,
        actor: &Actor,
        draft: PermissionDraft,
    ) -> Result<(Declaration, Option<Verb>, Declared), Error> {
        // One of the two is needed whatever is declared; which one is decided when the name is known.
        if !actor.has(Right::CatalogueUpdate) {
            actor.require(Right::CatalogueCreate)?;
        }
        let mut problems = Problems::default();
        let declaration = Declaration::read(&mut problems, "", draft);
        problems.finish()?;
        let declaration = declaration.ok_or_else(no_such_permission)?;
        let catalogue = actor.organization.catalogue().clone();
        let known_verb = declared_verb(&catalogue, &declaration.name);
        let exists = known_verb.is_some();
        actor.require(if exists { Right::CatalogueUpdate } else { Right::CatalogueCreate })?;
        if !exists {
            check_room(catalogue.own().len() + 1)?;
        }
        let before = catalogue.verb(&declaration.pattern);
        if exists || before != declaration.verb {
            require_whole(actor, declaration.pattern.clone())?;
        }
        let keys_touched = self.keys_touched(actor.organization_id(), &declaration, before).await?;
        let permission = PermissionView {
            name: declaration.name.clone(),
            verb: declaration.verb,
            description: declaration.description.clone(),
            built_in: false,
        };
        Ok((declaration, known_verb, Declared { permission, keys_touched }))
    }

    /// How many keys gain or lose the permission when it has the declared verb instead of `before`.
    pub(super) async fn keys_touched(
        &self,
        organization: OrganizationId,
        declaration: &Declaration,
        before: Verb,
    ) -> Result<u64, Error> {
        if before == declaration.verb {
            return Ok(0);
        }
        let change = VerbChange { permission: declaration.pattern.clone(), before, after: declaration.verb };
        let (index, now) = (self.index.load_full(), self.now());
        // Off the threads that serve requests: there may be millions of keys to look at.
        let counting = tokio::task::spawn_blocking(move || index.keys_touched(organization, &change, now));
        counting.await.map_err(|error| Error::Internal(format!("keys could not be counted: {error}")))
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
            let pattern = read_concrete(&mut problems, "name", Some(name));
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
fn read_concrete(problems: &mut Problems, field: &str, name: Option<&str>) -> Option<Pattern> {
    let Some(name) = name else {
        problems.add(field, "is required");
        return None;
    };
    let permission: Permission = problems.parsed(field, name)?;
    match permission.patterns() {
        [pattern] if pattern.is_concrete() && !is_keywright(pattern) => return Some(pattern.clone()),
        [pattern] if pattern.is_concrete() => problems.add(field, "is built in and cannot be redefined"),
        _ => problems.add(field, "must be one permission, such as invoice.send, and no pattern"),
    }
    None
}

/// Refuses a caller that does not have this permission with every verb: changing its verb changes who has it.
fn require_whole(actor: &Actor, pattern: Pattern) -> Result<(), Error> {
    let permission = Permission::of_pattern(pattern);
    require_within(actor, &Access::of_permissions([&permission], VerbSet::ALL, true))
}
