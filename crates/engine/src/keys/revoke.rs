//! Revoking keys. When the call returns, the key is refused.

use std::sync::Arc;
use std::time::Duration;

use keywright_domain::{KeyId, Right};
use keywright_store::{Applied, AuditedCommand, Command, KeyOwner, KeySelector, KeyStep};

use super::authority::{require_no_replaced_secret, require_not_replaced};
use super::draft::RevokeFilter;
use super::no_such_key;
use crate::Engine;
use crate::actor::Actor;
use crate::change::{Act, guarded, repeated};
use crate::error::Error;
use crate::text::Problems;

/// The most keys that are named one by one.
const MAX_IDS: usize = 1000;
/// Keys that are revoked in one step.
const STEP: u32 = 1_000;

impl Engine {
    /// Revokes a key for good. Needs `apiKey.delete`; another owner's key is not there without `apiKey.manage`. One
    /// that is revoked already stays as it is, and is refused here too when the call returns.
    pub async fn revoke_key(&self, actor: &Actor, id: KeyId) -> Result<(), Error> {
        let act = Act::new("apiKey.revoke", "apiKey", id.uuid());
        self.audited(actor, act.clone(), async {
            actor.require(Right::ApiKeyDelete)?;
            let listing = self.reachable_key(actor, id).await?;
            require_not_replaced(actor, id)?;
            self.recent_secrets.drop_of(|key| key == id, None);
            let which = KeySelector {
                ids: Some(vec![id]),
                // Whom it is for may be changed meanwhile.
                external_id: actor.portal().map(|portal| portal.customer.clone()),
                ..KeySelector::default()
            };
            let command = Command::RevokeKeys { organization: actor.organization_id(), which };
            let counted = self.change_counted(actor, &act.with("name", listing.key.name), command).await;
            match counted.map_err(|refused| refused.into_error(|_| None))? {
                // Somebody else revoked it in between.
                0 if actor.is_under_immich_rules() => Err(no_such_key()),
                // Or gave it to another customer: then it is out of this one's reach, and works.
                0 if actor.portal().is_some() => {
                    let now = self.reachable_key(actor, id).await?;
                    now.key.revoked_at.map(drop).ok_or_else(no_such_key)
                }
                _ => Ok(()),
            }
        })
        .await
    }

    /// Revokes a key by its number; one that is revoked already is not there. Needs `apiKey.delete`.
    pub async fn revoke_key_numbered(&self, actor: &Actor, number: i64) -> Result<(), Error> {
        let act = Act::new("apiKey.revoke", "apiKey", None).with("number", number);
        let found = self.audited(actor, act, async {
            actor.require(Right::ApiKeyDelete)?;
            if self.answered_before::<u64>(actor).await?.is_some() {
                return Ok(None);
            }
            self.live_key_numbered(actor, number).await.map(Some)
        });
        match found.await? {
            Some(listing) => self.revoke_key(actor, listing.key.id).await,
            None => Ok(()),
        }
    }

    /// Revokes all keys that match every condition given, and returns how many they were. Needs `apiKey.manage`.
    /// `dry_run`: only counts. Once begun it is gone on with, also when nobody waits for its end any more.
    pub async fn revoke_keys(
        self: &Arc<Self>,
        actor: &Actor,
        filter: RevokeFilter,
        dry_run: bool,
    ) -> Result<u64, Error> {
        let act = Act::new("apiKey.revokeMany", "apiKey", None);
        self.audited(actor, act.clone(), async {
            actor.require(Right::ApiKeyManage)?;
            if !dry_run {
                require_no_replaced_secret(actor)?;
            }
            let which = read_filter(&filter)?;
            let act = act.with("filter", describe(&filter));
            if dry_run {
                return self.revoke_some(actor, &act, KeySelector { count_only: true, ..which }).await;
            }
            if let Some(revoked) = self.answered_before(actor).await? {
                return Ok(revoked);
            }
            let (engine, actor) = (Arc::clone(self), actor.clone());
            // A task of its own: a caller who hangs up, or a request's time that is over, does not stop it half-way.
            let all = tokio::spawn(async move {
                let revoked = engine.revoke_in_steps(&actor, &act, which).await;
                // Which keys matched is the store's to say; the few secrets that are kept can be asked for anew.
                engine.recent_secrets.drop_of(|_| true, None);
                revoked
            });
            all.await
                .unwrap_or_else(|error| Err(Error::Internal(format!("a bulk revocation ended: {error}"))))
        })
        .await
    }

    /// Revokes keys, very many in steps of [`STEP`]: each is one transaction, between which others write, and is in force
    /// here before the next begins. The last transaction has whatever is left, the caller's own key and the answer for a
    /// repetition. When the store fails in the middle, what was done stays, and the request may be sent again.
    async fn revoke_in_steps(&self, actor: &Actor, act: &Act, which: KeySelector) -> Result<u64, Error> {
        // The steps are no answers yet; only the whole is.
        let unrecorded = Actor { idempotency: None, ..actor.clone() };
        if which.ids.is_some() || !self.are_many(&unrecorded, &which).await? {
            return self.revoke_some(actor, act, which).await;
        }
        // The steps leave alone what is made from now on: else somebody who makes keys could keep them going for ever. The
        // last transaction does not.
        let made_by_now = self.now().plus(Duration::from_millis(1));
        let before = which.created_before.map_or(made_by_now, |before| before.min(made_by_now));
        let (mut revoked, mut after) = (0, None);
        loop {
            // Without its own key the caller could not go on.
            let step = Some(KeyStep { after, at_most: STEP, spared: actor.key_id() });
            let command = Command::RevokeKeys {
                organization: actor.organization_id(),
                which: KeySelector { step, created_before: Some(before), ..which.clone() },
            };
            let audit = vec![self.audit_event(actor, &after_others(act, revoked), None)];
            let command = AuditedCommand { command: guarded(actor, command), audit, idempotency: None };
            match self.carry_out(command).await? {
                Ok(Applied::Step(count, Some(last))) => {
                    revoked += count;
                    after = Some(last);
                }
                Ok(_) => break,
                Err(refusal) => {
                    let refused = repeated::<u64>(&unrecorded, refusal);
                    return refused.map_err(|refused| refused.into_error(|_| None));
                }
            }
        }
        let rest = KeySelector { counted_before: revoked, ..which };
        self.revoke_some(actor, &after_others(act, revoked), rest).await
    }

    /// Whether they are more than one step takes. No more of them are looked at than that takes: others wait meanwhile.
    async fn are_many(&self, actor: &Actor, which: &KeySelector) -> Result<bool, Error> {
        let step = Some(KeyStep { after: None, at_most: STEP + 1, spared: None });
        let which = KeySelector { count_only: true, step, ..which.clone() };
        let command = Command::RevokeKeys { organization: actor.organization_id(), which };
        let command =
            AuditedCommand { command: guarded(actor, command), audit: Vec::new(), idempotency: None };
        match self.carry_out(command).await? {
            Ok(Applied::Count(count)) => Ok(count > u64::from(STEP)),
            Ok(_) => Err(Error::Internal("a count came to something else".to_owned())),
            Err(refusal) => {
                let refused = repeated::<u64>(actor, refusal);
                refused.map(|_| false).map_err(|refused| refused.into_error(|_| None))
            }
        }
    }

    async fn revoke_some(&self, actor: &Actor, act: &Act, which: KeySelector) -> Result<u64, Error> {
        let command = Command::RevokeKeys { organization: actor.organization_id(), which };
        let counted = self.change_counted(actor, act, command).await;
        counted.map_err(|refused| refused.into_error(|_| None))
    }
}

/// One step's act: how many keys the steps before it revoked.
fn after_others(act: &Act, revoked: u64) -> Act {
    act.clone().with("revokedBefore", revoked)
}

fn read_filter(filter: &RevokeFilter) -> Result<KeySelector, Error> {
    let mut problems = Problems::default();
    let service_account = problems.optional("filter.serviceAccountId", filter.service_account.as_deref());
    let user = problems.optional("filter.userId", filter.user.as_deref());
    let created_before = problems.optional("filter.createdBefore", filter.created_before.as_deref());
    let owner = match (service_account.map(KeyOwner::ServiceAccount), user.map(KeyOwner::User)) {
        (Some(_), Some(_)) => {
            problems.add("filter.userId", "cannot be combined with serviceAccountId: a key has one owner");
            None
        }
        (owner, None) | (None, owner) => owner,
    };
    problems.short("filter.externalId", filter.external_id.as_deref());
    let ids = filter.ids.as_ref().map(|ids| {
        if ids.len() > MAX_IDS {
            problems.add("filter.ids", format!("must have at most {MAX_IDS} entries"));
            return Vec::new();
        }
        let read = |(position, id): (usize, &String)| problems.parsed(&format!("filter.ids[{position}]"), id);
        ids.iter().enumerate().filter_map(read).collect()
    });
    // All keys of a customer: who is let go must not make others in a page that is still open.
    let ends_portal_sessions =
        filter.external_id.is_some() && owner.is_none() && created_before.is_none() && ids.is_none();
    let which = KeySelector {
        owner,
        external_id: filter.external_id.clone(),
        created_before,
        ids,
        ends_portal_sessions,
        ..KeySelector::default()
    };
    if which == KeySelector::default() {
        problems.add("filter", "must have at least one condition");
    }
    problems.finish()?;
    Ok(which)
}

/// The filter as the audit log tells it.
fn describe(filter: &RevokeFilter) -> serde_json::Value {
    let mut told = serde_json::Map::new();
    let mut tell = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            told.insert(name.to_owned(), value.as_str().into());
        }
    };
    tell("externalId", &filter.external_id);
    tell("serviceAccountId", &filter.service_account);
    tell("userId", &filter.user);
    tell("createdBefore", &filter.created_before);
    if let Some(ids) = &filter.ids {
        told.insert("ids".to_owned(), ids.clone().into());
    }
    told.into()
}
