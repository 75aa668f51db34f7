//! Changing a key.

use keywright_domain::{Budget, KeyId, Right};
use keywright_store::{Change, Command, KeyChanges, KeyListing, KeyRecord, Refusal, StoredGrants};

use super::authority::{
    granted, inherited_grants, is_own, require_may_grant, require_no_looser_than, require_not_replaced,
    require_unmetered,
};
use super::create::{check_catalogue, read_roles};
use super::draft::KeyPatch;
use super::{key_is_revoked, no_such_key};
use crate::Engine;
use crate::actor::Actor;
use crate::change::{Act, Decided};
use crate::error::Error;
use crate::text::Problems;

impl Engine {
    /// Changes a key. Needs `apiKey.update`; another owner's key is not there without `apiKey.manage`. What it may do,
    /// how long and from where either becomes less or stays within the caller's.
    pub async fn update_key(&self, actor: &Actor, id: KeyId, patch: KeyPatch) -> Result<KeyListing, Error> {
        let act = Act::new("apiKey.update", "apiKey", id.uuid()).with("fields", patch.fields());
        self.audited(actor, act.clone(), async {
            actor.require(Right::ApiKeyUpdate)?;
            let refused = |refusal: &Refusal| match refusal {
                Refusal::Revoked if actor.is_under_immich_rules() => Some(no_such_key()),
                Refusal::Revoked => Some(key_is_revoked()),
                Refusal::NotFound => Some(no_such_key()),
                _ => None,
            };
            self.change_row(actor, refused, || async {
                let before = self.reachable_key(actor, id).await?;
                require_not_replaced(actor, id)?;
                if let Some(listing) = self.answered_before::<KeyListing>(actor).await? {
                    return Ok(Decided::Answer(listing));
                }
                if before.key.revoked_at.is_some() {
                    return Err(key_is_revoked());
                }
                if patch.unchanged_since.is_some_and(|seen| seen != before.key.revision) {
                    return Err(Error::Conflict("this key was changed by someone else".to_owned()));
                }
                let changes = self.accept_patch(actor, &before.key, &patch)?;
                let mut after = KeyListing { key: apply(&before.key, &changes), ..before };
                after.key.updated_at = self.now();
                let command = Command::UpdateKey {
                    organization: actor.organization_id(),
                    id,
                    unchanged_since: after.key.revision,
                    changes: Box::new(changes),
                };
                Ok(Decided::Write(act.clone(), command, after))
            })
            .await
        })
        .await
    }

    /// Reads and checks a patch against the key as it is.
    fn accept_patch(&self, actor: &Actor, before: &KeyRecord, patch: &KeyPatch) -> Result<KeyChanges, Error> {
        let owner = actor.organization.owner(before.owner).ok_or_else(no_such_key)?;
        let mut changes = self.read_patch(actor, patch)?;
        if matches!(patch.permissions, Change::Set(None)) {
            let verbs = apply(before, &changes).verbs;
            changes.grants = Change::Set(inherited_grants(actor, &owner, verbs)?);
        }
        let after = apply(before, &changes);
        check_customer(&after)?;
        let (old, new) = (granted(before, &owner), granted(&after, &owner));
        // Turning "what its owner has" into or out of a list is a change even where it comes to the same now.
        let changes_grants =
            before.grants != after.grants || before.external_id != after.external_id || old != new;
        let becomes_owners = after.grants == StoredGrants::Owner && before.grants != StoredGrants::Owner;
        let is_less = old.covers(&new) && before.external_id == after.external_id && !becomes_owners;
        let is_switched_on = after.enabled && !before.enabled;
        let lasts_longer = before.expires_at.is_some_and(|old| after.expires_at.is_none_or(|new| new > old));
        let works_elsewhere = !before.allowlist.covers(&after.allowlist);
        let is_metered_otherwise = before.rate_limits != after.rate_limits || gives_credits(&changes, before);
        // Whatever brings a key back to life, or lets it do more, longer or elsewhere, gives its access out anew, and
        // must be the caller's to give as if the key were made now.
        let gives = (changes_grants && !is_less) || is_switched_on || lasts_longer || works_elsewhere;
        if gives || is_metered_otherwise {
            require_may_grant(actor, &new)?;
            require_no_looser_than(actor, &after)?;
        }
        if is_metered_otherwise || (gives && !is_own(actor, before.id)) {
            require_unmetered(actor)?;
        }
        Ok(changes)
    }

    fn read_patch(&self, actor: &Actor, patch: &KeyPatch) -> Result<KeyChanges, Error> {
        let now = self.now();
        let mut problems = Problems::default();
        let mut changes = KeyChanges::default();
        if let Change::Set(name) = &patch.name {
            changes.name = Change::Set(problems.name("name", name.as_deref()));
        }
        if let Change::Set(text) = &patch.description {
            changes.description = Change::Set(problems.description("description", text.clone()));
        }
        if let Change::Set(text) = &patch.expires_at {
            let time = text.as_deref().and_then(|text| problems.future("expiresAt", text, now));
            let longest = actor.organization.settings().max_expiry_seconds;
            let longest =
                longest.map(|seconds| now.plus(std::time::Duration::from_secs(seconds.unsigned_abs())));
            if let Some(longest) = longest.filter(|longest| time.is_none_or(|time| time > *longest)) {
                problems.add("expiresAt", format!("must be {longest} or earlier in this organization"));
            }
            changes.expires_at = Change::Set(time);
        }
        let (scope, verbs) = (set(&patch.scope), set(&patch.verbs));
        if matches!(patch.scope, Change::Set(None)) || matches!(patch.verbs, Change::Set(None)) {
            problems.add("scope", "cannot be cleared; set it to read or read-write");
        } else if scope.is_some() || verbs.is_some() {
            changes.verbs = Change::Set(problems.verbs(scope.map(String::as_str), verbs.map(Vec::as_slice)));
        }
        if let Some(spelt) = set(&patch.permissions) {
            let permissions = problems.permissions("permissions", spelt);
            check_catalogue(&mut problems, actor, &permissions);
            changes.grants = Change::Set(StoredGrants::Listed(permissions));
        }
        if let Change::Set(ids) = &patch.role_ids {
            changes.roles = Change::Set(read_roles(&mut problems, actor, ids.as_deref().unwrap_or_default()));
        }
        if let Change::Set(text) = &patch.external_id {
            changes.external_id = Change::Set(problems.optional_line("externalId", text.clone()));
        }
        if let Change::Set(object) = &patch.metadata {
            if let Some(object) = object {
                problems.metadata("metadata", object);
            }
            changes.metadata = Change::Set(object.clone().filter(|object| !object.is_empty()));
        }
        if let Change::Set(list) = &patch.ip_allowlist {
            let entries = list.as_deref().unwrap_or_default();
            changes.allowlist = Change::Set(problems.allowlist("ipAllowlist", entries));
        }
        if let Change::Set(limits) = &patch.rate_limits {
            let limits = limits.clone().unwrap_or_default();
            problems.rate_limits("rateLimits", &limits);
            changes.rate_limits = Change::Set(limits);
        }
        if let Change::Set(credits) = &patch.credits {
            if let Some(credits) = credits {
                problems.credits("credits", credits);
            }
            changes.credits = Change::Set(credits.clone().map(|credits| Budget::new(credits, now)));
        }
        if let Change::Set(enabled) = &patch.enabled {
            if enabled.is_none() {
                problems.add("enabled", "must be true or false");
            }
            changes.enabled = Change::Set(enabled.unwrap_or(true));
        }
        problems.finish()?;
        Ok(changes)
    }
}

/// Whether it says what credits there are: also when that is what was read, since some may have been used meanwhile.
fn gives_credits(changes: &KeyChanges, before: &KeyRecord) -> bool {
    match &changes.credits {
        Change::Keep => false,
        Change::Set(after) => after.is_some() || before.credits.is_some(),
    }
}

/// What a key that changes must still be.
fn check_customer(after: &KeyRecord) -> Result<(), Error> {
    match &after.grants {
        StoredGrants::Listed(list) if list.is_empty() && after.roles.is_empty() => {
            Err(Error::invalid("permissions", "must name at least one permission"))
        }
        StoredGrants::Owner if after.external_id.is_some() => {
            Err(Error::invalid("permissions", "is required with externalId"))
        }
        StoredGrants::Owner if !after.roles.is_empty() => Err(Error::invalid(
            "roleIds",
            "cannot be combined with having all that the owner has: give permissions too (they may be empty)",
        )),
        _ => Ok(()),
    }
}

fn set<T>(change: &Change<Option<T>>) -> Option<&T> {
    match change {
        Change::Set(Some(value)) => Some(value),
        _ => None,
    }
}

fn apply(key: &KeyRecord, changes: &KeyChanges) -> KeyRecord {
    fn changed<T: Clone>(change: &Change<T>, old: &T) -> T {
        match change {
            Change::Keep => old.clone(),
            Change::Set(new) => new.clone(),
        }
    }
    KeyRecord {
        name: changed(&changes.name, &key.name),
        description: changed(&changes.description, &key.description),
        grants: changed(&changes.grants, &key.grants),
        verbs: changed(&changes.verbs, &key.verbs),
        roles: changed(&changes.roles, &key.roles),
        external_id: changed(&changes.external_id, &key.external_id),
        metadata: changed(&changes.metadata, &key.metadata),
        allowlist: changed(&changes.allowlist, &key.allowlist),
        rate_limits: changed(&changes.rate_limits, &key.rate_limits),
        credits: changed(&changes.credits, &key.credits),
        enabled: changed(&changes.enabled, &key.enabled),
        expires_at: changed(&changes.expires_at, &key.expires_at),
        ..key.clone()
    }
}

impl KeyPatch {
    /// The names of the fields that it touches.
    fn fields(&self) -> Vec<String> {
        let touched = [
            ("name", self.name.is_keep()),
            ("description", self.description.is_keep()),
            ("expiresAt", self.expires_at.is_keep()),
            ("scope", self.scope.is_keep()),
            ("verbs", self.verbs.is_keep()),
            ("permissions", self.permissions.is_keep()),
            ("roleIds", self.role_ids.is_keep()),
            ("externalId", self.external_id.is_keep()),
            ("metadata", self.metadata.is_keep()),
            ("ipAllowlist", self.ip_allowlist.is_keep()),
            ("rateLimits", self.rate_limits.is_keep()),
            ("credits", self.credits.is_keep()),
            ("enabled", self.enabled.is_keep()),
        ];
        touched.into_iter().filter(|(_, kept)| !kept).map(|(name, _)| name.to_owned()).collect()
    }
}
