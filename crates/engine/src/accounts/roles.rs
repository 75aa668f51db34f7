//! Roles: named sets of permissions that keys can have.

use keywright_domain::{Right, RoleId};
use keywright_store::{Change, Command, Refusal, Revision, Role, RoleChanges, UniqueField};

use crate::Engine;
use crate::actor::Actor;
use crate::change::{Act, Decided};
use crate::error::Error;
use crate::keys::{check_catalogue, creator, require_narrower_or_within, require_permissions_within};
use crate::page::{Listing, Paging};
use crate::text::Problems;

/// A role to be made.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "each field is described at keywright_store::Role")]
pub struct RoleDraft {
    pub name: Option<String>,
    pub description: Option<String>,
    pub permissions: Option<Vec<String>>,
}

/// How a role is to change.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "each other field is described at keywright_store::Role")]
pub struct RolePatch {
    pub name: Change<Option<String>>,
    pub description: Change<Option<String>>,
    pub permissions: Change<Option<Vec<String>>>,
    /// The revision that the caller saw: if the role has been written since, this is a conflict. `None`: it is changed
    /// whatever it has become.
    pub unchanged_since: Option<Revision>,
}

const fn no_such_role() -> Error {
    Error::NotFound { kind: "role" }
}

impl Engine {
    /// The organization's roles, by name. Needs `role.read`.
    pub async fn roles(&self, actor: &Actor, paging: &Paging) -> Result<Listing<Role>, Error> {
        actor.require(Right::RoleRead)?;
        Ok(Listing::new(self.store.roles(actor.organization_id(), paging.request()?).await?, paging))
    }

    /// One role. Needs `role.read`.
    pub async fn role(&self, actor: &Actor, id: RoleId) -> Result<Role, Error> {
        actor.require(Right::RoleRead)?;
        self.stored_role(actor, id).await
    }

    async fn stored_role(&self, actor: &Actor, id: RoleId) -> Result<Role, Error> {
        self.store.role(actor.organization_id(), id).await?.ok_or_else(no_such_role)
    }

    /// Makes a role. Needs `role.create`, and all that the role grants.
    pub async fn create_role(&self, actor: &Actor, draft: RoleDraft) -> Result<Role, Error> {
        self.audited(actor, Act::new("role.create", "role", None), async {
            actor.require(Right::RoleCreate)?;
            if let Some(made) = self.answered_before(actor).await? {
                return Ok(made);
            }
            let mut problems = Problems::default();
            let name = problems.name("name", draft.name.as_deref());
            let description = problems.description("description", draft.description);
            let permissions =
                problems.permissions("permissions", draft.permissions.as_deref().unwrap_or_default());
            check_catalogue(&mut problems, actor, &permissions);
            problems.finish()?;
            require_permissions_within(actor, &permissions)?;
            let now = self.now();
            let role = Role {
                id: self.new_id(),
                organization: actor.organization_id(),
                name,
                description,
                permissions,
                created_by: Some(creator(actor)),
                created_at: now,
                updated_at: now,
                revision: Revision::ZERO,
            };
            let act = Act::new("role.create", "role", role.id.uuid()).with("name", role.name.as_str());
            let changed = self.change(actor, &act, Command::CreateRole(role.clone()), role).await;
            changed.map(|changed| changed.value).map_err(|refused| refused.into_error(taken_or_gone))
        })
        .await
    }

    /// Changes a role, and with it what the keys that have it may do. Needs `role.update`; its permissions become
    /// less, or stay within the caller's.
    pub async fn update_role(&self, actor: &Actor, id: RoleId, patch: RolePatch) -> Result<Role, Error> {
        let act = Act::new("role.update", "role", id.uuid());
        self.audited(actor, act.clone(), async {
            actor.require(Right::RoleUpdate)?;
            if let Some(changed) = self.answered_before(actor).await? {
                return Ok(changed);
            }
            self.change_row(actor, taken_or_gone, || async {
                let before = self.stored_role(actor, id).await?;
                if patch.unchanged_since.is_some_and(|seen| seen != before.revision) {
                    return Err(Error::Conflict("this role was changed by someone else".to_owned()));
                }
                let (after, changes) = accept_patch(actor, &before, &patch)?;
                let after = Role { updated_at: self.now(), ..after };
                let command = Command::UpdateRole {
                    organization: actor.organization_id(),
                    id,
                    unchanged_since: before.revision,
                    changes,
                };
                Ok(Decided::Write(act.clone(), command, after))
            })
            .await
        })
        .await
    }

    /// Deletes a role; the keys that have it lose what it grants. Needs `role.delete`.
    pub async fn delete_role(&self, actor: &Actor, id: RoleId) -> Result<(), Error> {
        let act = Act::new("role.delete", "role", id.uuid());
        self.audited(actor, act.clone(), async {
            actor.require(Right::RoleDelete)?;
            if let Some(()) = self.answered_before(actor).await? {
                return Ok(());
            }
            let command = Command::DeleteRole { organization: actor.organization_id(), id };
            let changed = self.change(actor, &act, command, ()).await;
            changed.map(drop).map_err(|refused| refused.into_error(taken_or_gone))
        })
        .await
    }
}

fn accept_patch(actor: &Actor, before: &Role, patch: &RolePatch) -> Result<(Role, RoleChanges), Error> {
    let mut problems = Problems::default();
    let mut after = before.clone();
    let mut changes = RoleChanges::default();
    if let Change::Set(name) = &patch.name {
        after.name = problems.name("name", name.as_deref());
        changes.name = Change::Set(after.name.clone());
    }
    if let Change::Set(text) = &patch.description {
        after.description = problems.description("description", text.clone());
        changes.description = Change::Set(after.description.clone());
    }
    if let Change::Set(spelt) = &patch.permissions {
        after.permissions = problems.permissions("permissions", spelt.as_deref().unwrap_or_default());
        check_catalogue(&mut problems, actor, &after.permissions);
        changes.permissions = Change::Set(after.permissions.clone());
    }
    problems.finish()?;
    require_narrower_or_within(actor, &before.permissions, &after.permissions)?;
    Ok((after, changes))
}

fn taken_or_gone(refusal: &Refusal) -> Option<Error> {
    match refusal {
        Refusal::NotUnique(UniqueField::Name) => {
            Some(Error::Conflict("a role of this organization has this name".to_owned()))
        }
        Refusal::NotFound => Some(no_such_role()),
        _ => None,
    }
}
