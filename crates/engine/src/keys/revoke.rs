//! Revoking keys. When the call returns, the key is refused.

use keywright_domain::{KeyId, Right};
use keywright_store::{Command, KeyOwner, KeySelector};

use super::authority::{require_no_replaced_secret, require_not_replaced};
use super::draft::RevokeFilter;
use super::no_such_key;
use crate::Engine;
use crate::actor::Actor;
use crate::change::Act;
use crate::error::Error;
use crate::text::Problems;

/// The most keys that are named one by one.
const MAX_IDS: usize = 1000;

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
            let which = KeySelector { ids: Some(vec![id]), ..KeySelector::default() };
            let command = Command::RevokeKeys { organization: actor.organization_id(), which };
            let counted = self.change_counted(actor, &act.with("name", listing.key.name), command).await;
            match counted.map_err(|refused| refused.into_error(|_| None))? {
                // Somebody else revoked it in between.
                0 if actor.is_under_immich_rules() => Err(no_such_key()),
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
    /// `dry_run`: only counts.
    pub async fn revoke_keys(
        &self,
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
            let which = KeySelector { count_only: dry_run, ..read_filter(&filter)? };
            let act = act.with("filter", describe(&filter));
            let command = Command::RevokeKeys { organization: actor.organization_id(), which };
            let counted = self.change_counted(actor, &act, command).await;
            if !dry_run {
                // Which keys matched is the store's to say; the few secrets that are kept can be asked for anew.
                self.recent_secrets.drop_of(|_| true, None);
            }
            counted.map_err(|refused| refused.into_error(|_| None))
        })
        .await
    }
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
    let which = KeySelector {
        owner,
        external_id: filter.external_id.clone(),
        created_before,
        ids,
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
