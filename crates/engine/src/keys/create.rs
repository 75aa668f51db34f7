//! Making a key.

use std::sync::Arc;
use std::time::Duration;

use keywright_domain::{Budget, KeyPrefix, Owner, PlaintextKey, Right, ServiceAccountId, Timestamp};
use keywright_store::{
    Command, KeyListing, KeyOwner, KeyRecord, KeySecret, Refusal, Revision, StoredGrants, UniqueField,
};

use super::authority::{
    granted, inherited_grants, require_may_grant, require_no_looser_than, require_unmetered,
};
use super::draft::KeyDraft;
use super::{IssuedKey, no_such_key};
use crate::Engine;
use crate::actor::{Actor, Rules};
use crate::change::{Act, MAX_ATTEMPTS, NotChanged, too_contended};
use crate::error::Error;
use crate::index::OwnerState;
use crate::random::{draw, new_number};
use crate::text::Problems;

/// The most roles of one key.
const MAX_ROLES: usize = 8;

/// How long somebody is told to wait who made very many keys in a day.
const AN_HOUR: Duration = Duration::from_hours(1);

/// A draft that was read and checked, and whose caller may make it.
pub(super) struct Accepted {
    pub(super) key: KeyRecord,
    pub(super) prefix: KeyPrefix,
}

impl Engine {
    /// Makes a key. Needs `apiKey.create`; for another owner than the caller's, `apiKey.manage` too. Its permissions,
    /// verbs, expiry and allow-list stay within the caller's.
    pub async fn create_key(&self, actor: &Actor, draft: KeyDraft) -> Result<IssuedKey, Error> {
        let act = Act::new("apiKey.create", "apiKey", None);
        self.audited(actor, act, async {
            actor.require(Right::ApiKeyCreate)?;
            if let Some(listing) = self.answered_before::<KeyListing>(actor).await? {
                return Ok(self.answer_again(actor, listing));
            }
            let accepted = self.accept_draft(actor, draft)?;
            // The record in its several forms is large: whoever waits for this need not carry it.
            Box::pin(self.issue(actor, accepted)).await
        })
        .await
    }

    /// The answer of an earlier sending of the same request, with the secret if it is still known here.
    pub(super) fn answer_again(&self, actor: &Actor, listing: KeyListing) -> IssuedKey {
        let secret = self.recent_secrets.get(actor.idempotency.as_ref(), &listing, self.now());
        IssuedKey { listing, secret }
    }

    async fn issue(&self, actor: &Actor, accepted: Accepted) -> Result<IssuedKey, Error> {
        let mut key = accepted.key;
        for _ in 0..MAX_ATTEMPTS {
            let plaintext = PlaintextKey::generate(&accepted.prefix, draw(self.random.as_ref()));
            let secret = KeySecret::of(&plaintext, &accepted.prefix, &self.pepper, key.created_at);
            let listing =
                KeyListing { key: key.clone(), shown_prefix: secret.shown_prefix.clone(), last_use: None };
            // Kept before it is written: a repetition may come the moment it is.
            self.recent_secrets.keep(actor.idempotency.as_ref(), &listing, &plaintext, self.now());
            let mut command = Command::CreateKey { key: key.clone(), secret };
            if let Some(portal) = actor.portal() {
                command = portal.if_there_is_room(&actor.organization.settings().portal, command);
            }
            match self.change(actor, &creation(&key), command, listing).await {
                Ok(changed) if changed.is_repetition => return Ok(self.answer_again(actor, changed.value)),
                Ok(changed) => return Ok(IssuedKey { listing: changed.value, secret: Some(plaintext) }),
                // A number or a secret that was drawn before: draw again.
                Err(NotChanged::Refused(Refusal::NotUnique(UniqueField::Identity | UniqueField::Secret))) => {
                    key.number = new_number(self.random.as_ref());
                }
                Err(other) => return Err(other.into_error(owner_is_gone)),
            }
        }
        Err(too_contended())
    }

    /// Reads and checks a draft, and whether the caller may make it.
    pub(super) fn accept_draft(&self, actor: &Actor, draft: KeyDraft) -> Result<Accepted, Error> {
        require_unmetered(actor)?;
        let now = self.now();
        let settings = actor.organization.settings();
        let mut problems = Problems::default();
        let name = problems.name("name", draft.name.as_deref());
        let description = problems.description("description", draft.description);
        let verbs = problems.verbs(draft.scope.as_deref(), draft.verbs.as_deref());
        let external_id = problems.optional_line("externalId", draft.external_id);
        let asked_expiry =
            draft.expires_at.as_deref().and_then(|text| problems.future("expiresAt", text, now));
        let longest = settings.max_expiry_seconds.map(|seconds| after(now, seconds));
        if let (Some(longest), Some(asked)) = (longest, asked_expiry)
            && asked > longest
        {
            problems.add("expiresAt", format!("must be {longest} or earlier in this organization"));
        }
        let permissions =
            draft.permissions.as_deref().map(|spelt| problems.permissions("permissions", spelt));
        let roles = read_roles(&mut problems, actor, draft.role_ids.as_deref().unwrap_or_default());
        match &permissions {
            Some(list) if list.is_empty() && roles.is_empty() => {
                problems.add("permissions", "must name at least one permission, or be left out");
            }
            None if external_id.is_some() && roles.is_empty() => {
                problems.add("permissions", "is required with externalId");
            }
            _ => {}
        }
        check_catalogue(&mut problems, actor, permissions.as_deref().unwrap_or_default());
        let allowlist = draft.ip_allowlist.as_deref().map(|list| problems.allowlist("ipAllowlist", list));
        if let Some(object) = &draft.metadata {
            problems.metadata("metadata", object);
        }
        let rate_limits = draft.rate_limits.unwrap_or_default();
        problems.rate_limits("rateLimits", &rate_limits);
        if let Some(credits) = &draft.credits {
            problems.credits("credits", credits);
        }
        let prefix = draft.prefix.as_deref().and_then(|text| problems.prefix("prefix", text));
        let owner = read_owner(&mut problems, actor, draft.service_account.as_deref());
        problems.finish()?;
        let owner = owner.ok_or_else(no_such_key)?;
        if owner.owner != actor.principal() && !actor.has(Right::ApiKeyManage) {
            return Err(Error::Forbidden {
                message: "making a key for another owner needs the permission apiKey.manage".to_owned(),
                missing: vec![Right::ApiKeyManage.name().to_owned()],
            });
        }
        let grants = match permissions {
            Some(permissions) => StoredGrants::Listed(permissions),
            None if !roles.is_empty() => StoredGrants::Listed(Vec::new()),
            None => inherited_grants(actor, &owner, verbs)?,
        };
        // What was left out ends when the organization says, and never later than what makes it.
        let by_default = settings.default_expiry_seconds.map(|seconds| after(now, seconds));
        let expires_at =
            asked_expiry.or_else(|| [by_default, longest, actor.expires_at()].into_iter().flatten().min());
        let key = KeyRecord {
            id: self.new_id(),
            number: new_number(self.random.as_ref()),
            organization: actor.organization_id(),
            owner: owner.owner,
            name,
            description,
            grants,
            verbs,
            roles,
            external_id,
            portal_customer: actor.portal().map(|portal| portal.customer.clone()),
            metadata: draft.metadata.filter(|object| !object.is_empty()),
            allowlist: allowlist.filter(|list| !list.is_unrestricted()).unwrap_or_else(|| actor.allowlist()),
            rate_limits,
            credits: draft.credits.map(|credits| Budget::new(credits, now)),
            enabled: draft.enabled.unwrap_or(true),
            expires_at,
            revoked_at: None,
            created_by: Some(creator(actor)),
            created_at: now,
            updated_at: now,
            revision: Revision::ZERO,
        };
        require_may_grant(actor, &granted(&key, &owner))?;
        require_no_looser_than(actor, &key)?;
        Ok(Accepted { key, prefix: prefix.unwrap_or_else(|| settings.key_prefix.clone()) })
    }
}

/// Roles by id; an unknown one is a problem.
pub(super) fn read_roles(
    problems: &mut Problems,
    actor: &Actor,
    ids: &[String],
) -> Vec<keywright_domain::RoleId> {
    if ids.len() > MAX_ROLES {
        problems.add("roleIds", format!("must have at most {MAX_ROLES} entries"));
        return Vec::new();
    }
    let mut roles = Vec::with_capacity(ids.len());
    for (position, id) in ids.iter().enumerate() {
        let field = format!("roleIds[{position}]");
        let Some(role) = problems.parsed(&field, id) else { continue };
        if !actor.organization.has_role(role) {
            problems.add(field, "names no role of this organization");
        } else if !roles.contains(&role) {
            roles.push(role);
        }
    }
    roles
}

fn read_owner(
    problems: &mut Problems,
    actor: &Actor,
    service_account: Option<&str>,
) -> Option<Arc<OwnerState>> {
    let Some(text) = service_account else { return Some(Arc::clone(&actor.owner)) };
    let id: ServiceAccountId = problems.parsed("serviceAccountId", text)?;
    let owner = actor.organization.owner(KeyOwner::ServiceAccount(id));
    let owner = owner.filter(|owner| owner.ceiling().state != Owner::Gone);
    if owner.is_none() {
        problems.add("serviceAccountId", "names no service account of this organization");
    }
    owner
}

/// Permissions that a closed catalogue does not know are a problem.
pub(crate) fn check_catalogue(
    problems: &mut Problems,
    actor: &Actor,
    permissions: &[keywright_domain::Permission],
) {
    // The Immich dialect has a catalogue of its own, which its surface holds its callers to.
    if actor.rules == Rules::Immich {
        return;
    }
    if let Some(unknown) = actor.organization.catalogue().first_unknown(permissions) {
        problems.add("permissions", format!("must be in the organization's catalogue, and {unknown} is not"));
    }
}

/// The id of who makes something, as it is recorded.
pub(crate) fn creator(actor: &Actor) -> uuid::Uuid {
    match actor.principal() {
        KeyOwner::User(id) => id.uuid(),
        KeyOwner::ServiceAccount(id) => id.uuid(),
    }
}

/// The audit note of a new key.
pub(super) fn creation(key: &KeyRecord) -> Act {
    Act::new("apiKey.create", "apiKey", key.id.uuid()).with("name", key.name.as_str())
}

/// An owner that went away between the check and the write, or a customer who has keys enough.
pub(super) fn owner_is_gone(refusal: &Refusal) -> Option<Error> {
    let message = match refusal {
        Refusal::OwnerGone => "the key's owner was removed or deleted at the same time",
        Refusal::PortalFull => "you have as many keys as you may have here: revoke one that you do not need",
        // When exactly the first of them is a day old nobody needs to know.
        Refusal::PortalSpent => return Some(Error::TooManyAttempts { retry_after: AN_HOUR }),
        _ => return None,
    };
    Some(Error::Conflict(message.to_owned()))
}

fn after(now: Timestamp, seconds: i64) -> Timestamp {
    now.plus(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}
