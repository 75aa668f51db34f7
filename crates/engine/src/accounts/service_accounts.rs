//! Service accounts: owners of keys that are no person.

use keywright_domain::{Permission, RateLimit, Right, ServiceAccountId};
use keywright_store::{
    Change, Command, Condition, KeyOwner, Refusal, Revision, ServiceAccount, ServiceAccountChanges,
    ServiceAccountQuery, UniqueField,
};

use super::owner_limits::{audited_limits, require_may_limit};
use crate::Engine;
use crate::actor::Actor;
use crate::change::{Act, Decided, too_contended};
use crate::error::Error;
use crate::keys::{check_catalogue, creator, require_narrower_or_within, require_permissions_within};
use crate::page::{Listing, Paging};
use crate::text::Problems;

/// A service account to be made.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "each field is described at keywright_store::ServiceAccount")]
pub struct ServiceAccountDraft {
    pub name: Option<String>,
    pub description: Option<String>,
    pub permissions: Option<Vec<String>>,
    pub rate_limits: Option<Vec<RateLimit>>,
}

/// How a service account is to change.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "each field is described at keywright_store::ServiceAccount")]
pub struct ServiceAccountPatch {
    pub name: Change<Option<String>>,
    pub description: Change<Option<String>>,
    pub permissions: Change<Option<Vec<String>>>,
    pub rate_limits: Change<Option<Vec<RateLimit>>>,
}

/// Which service accounts to list.
#[derive(Debug, Clone, Default)]
pub struct ServiceAccountFilter {
    /// `active` or `disabled`.
    pub status: Option<String>,
    /// With this text in the name or the description.
    pub text: Option<String>,
}

const fn no_such_account() -> Error {
    Error::NotFound { kind: "service account" }
}

impl Engine {
    /// The organization's service accounts, newest first. Needs `serviceAccount.read`.
    pub async fn service_accounts(
        &self,
        actor: &Actor,
        paging: &Paging,
    ) -> Result<Listing<ServiceAccount>, Error> {
        self.find_service_accounts(actor, ServiceAccountFilter::default(), paging).await
    }

    /// Those of the organization's service accounts that a filter picks, newest first. Needs `serviceAccount.read`.
    pub async fn find_service_accounts(
        &self,
        actor: &Actor,
        filter: ServiceAccountFilter,
        paging: &Paging,
    ) -> Result<Listing<ServiceAccount>, Error> {
        actor.require(Right::ServiceAccountRead)?;
        let page = paging.request()?;
        let mut problems = Problems::default();
        let disabled = match filter.status.as_deref() {
            None => None,
            Some("active") => Some(false),
            Some("disabled") => Some(true),
            Some(_) => {
                problems.add("status", "must be active or disabled");
                None
            }
        };
        problems.short("q", filter.text.as_deref());
        problems.finish()?;
        let query = ServiceAccountQuery {
            organization: actor.organization_id(),
            disabled,
            text: filter.text.filter(|text| !text.is_empty()),
            page,
        };
        Ok(Listing::new(self.store.service_accounts(query).await?, paging))
    }

    /// One service account. Needs `serviceAccount.read`.
    pub async fn service_account(
        &self,
        actor: &Actor,
        id: ServiceAccountId,
    ) -> Result<ServiceAccount, Error> {
        actor.require(Right::ServiceAccountRead)?;
        self.stored_service_account(actor, id).await
    }

    async fn stored_service_account(
        &self,
        actor: &Actor,
        id: ServiceAccountId,
    ) -> Result<ServiceAccount, Error> {
        self.store.service_account(actor.organization_id(), id).await?.ok_or_else(no_such_account)
    }

    /// Makes a service account. Needs `serviceAccount.create`, and all that the account may do.
    pub async fn create_service_account(
        &self,
        actor: &Actor,
        draft: ServiceAccountDraft,
    ) -> Result<ServiceAccount, Error> {
        self.audited(actor, Act::new("serviceAccount.create", "serviceAccount", None), async {
            actor.require(Right::ServiceAccountCreate)?;
            if let Some(made) = self.answered_before(actor).await? {
                return Ok(made);
            }
            let mut problems = Problems::default();
            let name = problems.name("name", draft.name.as_deref());
            let description = problems.description("description", draft.description);
            let permissions =
                problems.permissions("permissions", draft.permissions.as_deref().unwrap_or_default());
            check_catalogue(&mut problems, actor, &permissions);
            let rate_limits = draft.rate_limits.unwrap_or_default();
            problems.rate_limits("rateLimits", &rate_limits);
            problems.finish()?;
            require_permissions_within(actor, &permissions)?;
            let now = self.now();
            let account = ServiceAccount {
                id: self.new_id(),
                organization: actor.organization_id(),
                name,
                description,
                permissions,
                rate_limits,
                disabled_at: None,
                deleted_at: None,
                created_by: Some(creator(actor)),
                created_at: now,
                updated_at: now,
                revision: Revision::ZERO,
            };
            let act = Act::new("serviceAccount.create", "serviceAccount", account.id.uuid())
                .with("name", account.name.as_str())
                .with("permissions", spelt(&account.permissions))
                .with("rateLimits", audited_limits(&account.rate_limits));
            let command = Command::CreateServiceAccount(account.clone());
            let changed = self.change(actor, &act, command, account).await;
            changed.map(|changed| changed.value).map_err(|refused| refused.into_error(taken_or_gone))
        })
        .await
    }

    /// Changes a service account. Needs `serviceAccount.update`; its permissions become less, or stay within the
    /// caller's; other limits need all that it may do, and a caller that they do not bind. Its live keys follow at once.
    pub async fn update_service_account(
        &self,
        actor: &Actor,
        id: ServiceAccountId,
        patch: ServiceAccountPatch,
    ) -> Result<ServiceAccount, Error> {
        let act = Act::new("serviceAccount.update", "serviceAccount", id.uuid());
        self.audited(actor, act.clone(), async {
            actor.require(Right::ServiceAccountUpdate)?;
            if let Some(changed) = self.answered_before(actor).await? {
                return Ok(changed);
            }
            self.change_row(actor, taken_or_gone, || async {
                let before = self.stored_service_account(actor, id).await?;
                let (after, changes) = accept_patch(actor, &before, &patch)?;
                let after = ServiceAccount { updated_at: self.now(), ..after };
                let act = act
                    .clone()
                    .with("permissions", spelt(&after.permissions))
                    .with("rateLimits", audited_limits(&after.rate_limits));
                let command = Command::UpdateServiceAccount {
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

    /// Enables or disables a service account: disabled, its keys stop at once. Needs `serviceAccount.update`; to
    /// enable it, all that it may do.
    pub async fn set_service_account_enabled(
        &self,
        actor: &Actor,
        id: ServiceAccountId,
        enabled: bool,
    ) -> Result<ServiceAccount, Error> {
        let action = if enabled { "serviceAccount.enable" } else { "serviceAccount.disable" };
        let act = Act::new(action, "serviceAccount", id.uuid());
        self.audited(actor, act.clone(), async {
            actor.require(Right::ServiceAccountUpdate)?;
            if let Some(changed) = self.answered_before(actor).await? {
                return Ok(changed);
            }
            let account = self.stored_service_account(actor, id).await?;
            if enabled && account.disabled_at.is_some() {
                require_permissions_within(actor, &account.permissions)?;
            }
            let now = self.now();
            let disabled_at = if enabled { None } else { account.disabled_at.or(Some(now)) };
            let after = ServiceAccount { disabled_at, updated_at: now, ..account };
            let organization = actor.organization_id();
            let unchanged = Condition::ServiceAccountUnchanged(organization, id, after.revision);
            let set = Command::SetServiceAccountEnabled { organization, id, enabled };
            // Disabling is never put off; enabling rests on what the account may do.
            let conditions = if enabled { vec![unchanged] } else { Vec::new() };
            let command = Command::If { conditions, then: Box::new(set) };
            let changed = self.change(actor, &act, command, after).await;
            changed.map(|changed| changed.value).map_err(|refused| refused.into_error(taken_or_gone))
        })
        .await
    }

    /// Deletes a service account and revokes its keys. Needs `serviceAccount.delete`.
    pub async fn delete_service_account(&self, actor: &Actor, id: ServiceAccountId) -> Result<(), Error> {
        let act = Act::new("serviceAccount.delete", "serviceAccount", id.uuid());
        self.audited(actor, act.clone(), async {
            actor.require(Right::ServiceAccountDelete)?;
            if let Some(()) = self.answered_before(actor).await? {
                return Ok(());
            }
            let account = self.stored_service_account(actor, id).await?;
            let command = Command::DeleteServiceAccount { organization: actor.organization_id(), id };
            let changed = self.change(actor, &act.with("name", account.name), command, ()).await;
            self.recent_secrets.drop_of(|_| true, None);
            changed.map(drop).map_err(|refused| refused.into_error(taken_or_gone))
        })
        .await
    }
}

fn accept_patch(
    actor: &Actor,
    before: &ServiceAccount,
    patch: &ServiceAccountPatch,
) -> Result<(ServiceAccount, ServiceAccountChanges), Error> {
    let mut problems = Problems::default();
    let mut after = before.clone();
    let mut changes = ServiceAccountChanges::default();
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
    if let Change::Set(limits) = &patch.rate_limits {
        after.rate_limits = limits.clone().unwrap_or_default();
        problems.rate_limits("rateLimits", &after.rate_limits);
        changes.rate_limits = Change::Set(after.rate_limits.clone());
    }
    problems.finish()?;
    require_narrower_or_within(actor, &before.permissions, &after.permissions)?;
    if before.rate_limits != after.rate_limits {
        require_may_limit(actor, KeyOwner::ServiceAccount(before.id))?;
        require_permissions_within(actor, &after.permissions)?;
    }
    Ok((after, changes))
}

fn spelt(permissions: &[Permission]) -> Vec<String> {
    permissions.iter().map(ToString::to_string).collect()
}

fn taken_or_gone(refusal: &Refusal) -> Option<Error> {
    match refusal {
        Refusal::NotUnique(UniqueField::Name) => {
            Some(Error::Conflict("a service account of this organization has this name".to_owned()))
        }
        Refusal::NotFound => Some(no_such_account()),
        Refusal::Changed => Some(too_contended()),
        _ => None,
    }
}
