//! Looking at keys.

use keywright_domain::{CompiledAccess, DemandedPermission, KeyId, KeyStatus, Permission, Right, Timestamp};
use keywright_store::{
    GivenPermission, KeyListing, KeyOrder, KeyOrderBy, KeyOwner, KeyQuery, KeyRecord, KeyStatusAt, LookAt,
};

use super::authority::{granted, owner_within_reach, require_key_reach, require_reach};
use super::draft::KeyFilter;
use super::no_such_key;
use crate::Engine;
use crate::actor::Actor;
use crate::error::Error;
use crate::page::{Listing, Paging};
use crate::text::Problems;

impl Engine {
    /// The caller's owner's keys, or with `apiKey.manage` the organization's, newest first. Needs `apiKey.read`.
    pub async fn keys(
        &self,
        actor: &Actor,
        filter: KeyFilter,
        paging: &Paging,
    ) -> Result<Listing<KeyListing>, Error> {
        actor.require(Right::ApiKeyRead)?;
        let mut problems = Problems::default();
        let order = read_order(&mut problems, filter.sort.as_deref());
        let status = filter.status.as_deref().and_then(|text| {
            let status = KeyStatus::parse(text);
            if status.is_none() {
                problems.add("status", "must be active, expired, revoked or disabled");
            }
            status
        });
        let service_account = problems.optional("serviceAccountId", filter.service_account.as_deref());
        let user = problems.optional("userId", filter.user.as_deref());
        problems.short("q", filter.text.as_deref());
        problems.short("externalId", filter.external_id.as_deref());
        let expires_before = problems.optional("expiresBefore", filter.expires_before.as_deref());
        let unused_since = problems.optional("unusedSince", filter.unused_since.as_deref());
        let given = filter.permission.as_deref().and_then(|text| read_given(&mut problems, actor, text));
        problems.finish()?;
        let (page, after) = paging.key_request(order)?;
        let Ok(owner) = owner_within_reach(actor, service_account, user) else {
            return Ok(Listing::none(paging));
        };
        // A page of theirs that ended within others' keys would tell of those, by its cursor or by where it ends. So whoever
        // reaches their own keys alone has all of them looked at.
        let is_theirs = actor.reaches_all_keys() || order.by == KeyOrderBy::Age;
        let look_at = match filter.look_at {
            None => LookAt::UntilFull,
            Some(count) if is_theirs => LookAt::AtMost(count),
            Some(_) => LookAt::OwnersAll,
        };
        let customer = actor.portal().map(|portal| portal.customer.clone());
        let query = KeyQuery {
            organization: actor.organization_id(),
            owner,
            status: status.map(|status| KeyStatusAt { status, at: self.now() }),
            live_only: filter.live_only,
            external_id: customer.clone().or(filter.external_id),
            portal_customer: customer,
            text: filter.text.filter(|text| !text.is_empty()),
            given,
            ending: expires_before.map(|until| (self.now(), until)),
            unused_since,
            order,
            after,
            look_at,
            page,
        };
        let mut page = self.store.keys(query).await?;
        for listing in std::mem::take(&mut page.items) {
            page.items.push(self.seen(listing).await?);
        }
        Ok(Listing::of_keys(page, paging))
    }

    /// One key. Needs `apiKey.read`; another owner's key is not there without `apiKey.manage`.
    pub async fn key(&self, actor: &Actor, id: KeyId) -> Result<KeyListing, Error> {
        actor.require(Right::ApiKeyRead)?;
        self.reachable_key(actor, id).await
    }

    /// One key by its number; one that is revoked is not there. Needs `apiKey.read`.
    pub async fn key_numbered(&self, actor: &Actor, number: i64) -> Result<KeyListing, Error> {
        actor.require(Right::ApiKeyRead)?;
        self.live_key_numbered(actor, number).await
    }

    /// One key that the caller reaches and that is not revoked.
    pub(super) async fn live_key_numbered(&self, actor: &Actor, number: i64) -> Result<KeyListing, Error> {
        let found = self.store.key_by_number(actor.organization_id(), number).await?;
        let listing = found.filter(|listing| listing.key.revoked_at.is_none()).ok_or_else(no_such_key)?;
        require_key_reach(actor, &listing.key)?;
        self.seen(listing).await
    }

    /// How many of an owner's keys work now, counted up to `at_most`. Needs `apiKey.read`, and of another owner
    /// `apiKey.manage`.
    pub async fn count_keys_in_force(
        &self,
        actor: &Actor,
        owner: KeyOwner,
        at_most: u32,
    ) -> Result<u64, Error> {
        actor.require(Right::ApiKeyRead)?;
        require_reach(actor, owner)?;
        let (organization, now) = (actor.organization_id(), self.now());
        Ok(self.store.count_keys_in_force(organization, owner, now, at_most).await?)
    }

    /// The secrets of a key that a rotation replaced and that still work: how each begins, and until when. Needs
    /// `apiKey.read`, and to reach the key.
    pub async fn replaced_secrets(
        &self,
        actor: &Actor,
        key: &KeyRecord,
    ) -> Result<Vec<(Option<String>, Timestamp)>, Error> {
        actor.require(Right::ApiKeyRead)?;
        require_key_reach(actor, key)?;
        let now = self.now();
        let secrets = self.store.key_secrets(key.id).await?;
        let still = |secret: keywright_store::KeySecret| {
            let until = secret.superseded_at.filter(|until| !until.has_passed(now))?;
            Some((secret.shown_prefix, until))
        };
        Ok(secrets.into_iter().filter_map(still).collect())
    }

    /// The key that the caller showed.
    pub async fn own_key(&self, actor: &Actor) -> Result<KeyListing, Error> {
        let id = actor
            .key_id()
            .ok_or_else(|| Error::forbidden("this asks about an API key, and none was presented"))?;
        self.key_seen(actor.organization_id(), id).await?.ok_or_else(no_such_key)
    }

    /// One key that the caller reaches, read from the store.
    pub(super) async fn reachable_key(&self, actor: &Actor, id: KeyId) -> Result<KeyListing, Error> {
        let listing = self.key_seen(actor.organization_id(), id).await?.ok_or_else(no_such_key)?;
        require_key_reach(actor, &listing.key)?;
        if listing.key.revoked_at.is_some() && actor.is_under_immich_rules() {
            return Err(no_such_key());
        }
        Ok(listing)
    }

    /// Those among `names` (permissions that a catalogue lists) that a key was given, whether or not its owner has
    /// them now; of a key that was given what its owner has, those that the owner has now. `all` stands for itself.
    pub fn given_among<'a>(
        &self,
        actor: &Actor,
        key: &KeyRecord,
        names: impl Iterator<Item = &'a str>,
    ) -> Vec<&'a str> {
        let Some(owner) = actor.organization.owner(key.owner) else { return Vec::new() };
        let catalogue = actor.organization.catalogue();
        let given = CompiledAccess::new(&granted(key, &owner), &catalogue);
        let is_given = |name: &&str| {
            DemandedPermission::resolve(name, &catalogue)
                .is_ok_and(|demanded| given.allows(&given, &demanded, &catalogue))
        };
        names.filter(is_given).collect()
    }
}

fn read_order(problems: &mut Problems, sort: Option<&str>) -> KeyOrder {
    let Some(sort) = sort else { return KeyOrder::default() };
    let (is_descending, by) = sort.strip_prefix('-').map_or((false, sort), |by| (true, by));
    // Keys that do not end come after all that do, and those that were never used before all that were.
    let (by, is_naturally_descending) = match by {
        "createdAt" => (KeyOrderBy::Age, true),
        "name" => (KeyOrderBy::Name, false),
        "expiresAt" => (KeyOrderBy::Expiry, false),
        "lastUsedAt" => (KeyOrderBy::LastUse, true),
        _ => {
            problems
                .add("sort", "must be createdAt, name, expiresAt or lastUsedAt, or one of them after a -");
            return KeyOrder::default();
        }
    };
    KeyOrder { by, reversed: is_descending != is_naturally_descending }
}

/// The longest permission of which all patterns are tried.
const MAX_SEGMENTS: usize = 4;

/// All the ways in which a permission may have been given.
fn read_given(problems: &mut Problems, actor: &Actor, text: &str) -> Option<GivenPermission> {
    let permission: Permission = problems.parsed("permission", text)?;
    let pattern = match permission.patterns() {
        [pattern] if pattern.is_concrete() => pattern,
        _ => {
            problems.add("permission", "must be one permission, such as asset.read, and no pattern");
            return None;
        }
    };
    let plain = pattern.to_string();
    let words: Vec<&str> = plain.split('.').collect();
    let mut spellings = vec!["all".to_owned(), text.to_owned()];
    let patterns = if words.len() <= MAX_SEGMENTS { 1_usize << words.len() } else { 1 };
    for stars in 0..patterns {
        let star = |(place, word): (usize, &&str)| {
            if stars & (1 << place) == 0 { (*word).to_owned() } else { "*".to_owned() }
        };
        let spelt: Vec<String> = words.iter().enumerate().map(star).collect();
        spellings.push(spelt.join("."));
        spellings.push(spelt.join(":"));
    }
    spellings.sort();
    spellings.dedup();
    let organization = &actor.organization;
    let verb = organization.catalogue().verb(pattern);
    Some(GivenPermission { spellings, roles: organization.roles_giving(pattern), verb })
}
