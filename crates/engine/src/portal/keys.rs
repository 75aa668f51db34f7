//! What a customer does in the portal: the engine's ways of making, rotating and revoking keys, for a caller that reaches
//! nothing but its own.

use std::time::Duration;

use keywright_domain::{KeyId, Timestamp};
use keywright_store::KeyListing;

use super::PortalVisitor;
use crate::Engine;
use crate::error::Error;
use crate::keys::{IssuedKey, KeyDraft, KeyFilter};
use crate::page::{Listing, Paging};

/// A key to be made in the portal. Texts are as they were sent.
#[derive(Debug, Clone, Default)]
pub struct PortalKeyDraft {
    /// Required, 1 to 255 characters.
    pub name: Option<String>,
    /// RFC 3339, in the future.
    pub expires_at: Option<String>,
    /// What it may do: at least one.
    pub permissions: Vec<String>,
}

/// Something that a key may be given in the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalPermission {
    /// As it is written, perhaps with a `*`.
    pub name: String,
    /// What it allows, as the organization's catalogue says; empty where it does not.
    pub description: String,
}

/// How often keys were used on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalUse {
    /// When the day began, UTC.
    pub day: Timestamp,
    /// How often what was answered: a verdict's code, and how often.
    pub counts: Vec<(String, u64)>,
}

impl Engine {
    /// The visitor, to be answered once: a form that is sent again is answered as it was the first time.
    pub fn portal_answered_once(
        &self,
        mut visitor: PortalVisitor,
        path: &str,
        once: &str,
        body: &[u8],
    ) -> Result<PortalVisitor, Error> {
        visitor.actor = self.with_idempotency(visitor.actor, "POST", path, once, body)?;
        Ok(visitor)
    }

    /// The customer's own keys, newest first.
    pub async fn portal_keys(
        &self,
        visitor: &PortalVisitor,
        with_revoked: bool,
        paging: &Paging,
    ) -> Result<Listing<KeyListing>, Error> {
        let filter = KeyFilter { live_only: !with_revoked, ..KeyFilter::default() };
        self.keys(&visitor.actor, filter, paging).await
    }

    /// One of the customer's own keys.
    pub async fn portal_key(&self, visitor: &PortalVisitor, id: KeyId) -> Result<KeyListing, Error> {
        self.key(&visitor.actor, id).await
    }

    /// Makes a key for the customer, of the session's service account.
    pub async fn create_portal_key(
        &self,
        visitor: &PortalVisitor,
        draft: PortalKeyDraft,
    ) -> Result<IssuedKey, Error> {
        self.throttle.charge_portal_change(visitor.id(), self.now())?;
        let draft = KeyDraft {
            name: draft.name,
            expires_at: draft.expires_at,
            permissions: Some(draft.permissions),
            verbs: Some(visitor.actor.access().verbs().iter().collect()),
            external_id: Some(visitor.customer().to_owned()),
            ..KeyDraft::default()
        };
        self.create_key(&visitor.actor, draft).await
    }

    /// Gives one of the customer's own keys a new secret.
    pub async fn rotate_portal_key(
        &self,
        visitor: &PortalVisitor,
        id: KeyId,
        overlap_seconds: u64,
    ) -> Result<IssuedKey, Error> {
        self.throttle.charge_portal_change(visitor.id(), self.now())?;
        self.rotate_key(&visitor.actor, id, overlap_seconds).await
    }

    /// Revokes one of the customer's own keys. When the call returns, it is refused.
    pub async fn revoke_portal_key(&self, visitor: &PortalVisitor, id: KeyId) -> Result<(), Error> {
        self.revoke_key(&visitor.actor, id).await
    }

    /// How often the customer's own keys, or one of them, were answered what, day by day for 30 days. Days without any use
    /// are left out. With them the time that is told of: from, until.
    pub async fn portal_usage(
        &self,
        visitor: &PortalVisitor,
        key: Option<KeyId>,
    ) -> Result<(Vec<PortalUse>, Timestamp, Timestamp), Error> {
        let report = self.portal_counts(&visitor.actor, visitor.customer(), key).await?;
        let items = report.listing.items.into_iter();
        let days = items.filter_map(|item| Some(PortalUse { day: item.start?, counts: item.counts }));
        Ok((days.collect(), report.since, report.until))
    }
}

impl PortalVisitor {
    /// What a key may be given here, now.
    pub fn permissions(&self) -> Vec<PortalPermission> {
        let access = self.actor.access();
        let catalogue = self.actor.organization.catalogue();
        let mut offered: Vec<PortalPermission> = Vec::new();
        let mut offer = |name: String, description: &str| {
            if offered.iter().all(|known| known.name != name) {
                offered.push(PortalPermission { name, description: description.to_owned() });
            }
        };
        for term in access.terms() {
            let pattern = term.pattern();
            if !pattern.is_concrete() {
                offer(pattern.to_string(), "");
                // What the pattern stands for, as far as the organization says so.
                for entry in catalogue.own() {
                    if term.matches(&entry.pattern) && access.verbs().contains(entry.verb) {
                        offer(entry.name.to_string(), &entry.description);
                    }
                }
            } else if access.verbs().contains(catalogue.verb(pattern)) {
                let name = pattern.to_string();
                let known = catalogue.entries().iter().find(|entry| *entry.name == *name);
                offer(name, known.map_or("", |entry| &entry.description));
            }
        }
        offered
    }

    /// How long a key may last that is made here; `None`: for ever.
    pub fn latest_expiry(&self, now: Timestamp) -> Option<Timestamp> {
        let settings = self.organization();
        let longest = settings.max_expiry_seconds.map(|seconds| after(now, seconds));
        [longest, self.actor.expires_at()].into_iter().flatten().min()
    }

    /// When a key ends of which nothing is said; `None`: never.
    pub fn usual_expiry(&self, now: Timestamp) -> Option<Timestamp> {
        let usual = self.organization().default_expiry_seconds.map(|seconds| after(now, seconds));
        [usual, self.latest_expiry(now)].into_iter().flatten().min()
    }

    /// Networks that keys made here are bound to; none: they work from anywhere.
    pub fn networks(&self) -> Vec<String> {
        self.actor.allowlist().networks().iter().map(ToString::to_string).collect()
    }

    /// How many keys that work the customer may have.
    pub fn max_keys(&self) -> u32 {
        self.organization().portal.max_keys
    }
}

fn after(now: Timestamp, seconds: i64) -> Timestamp {
    now.plus(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}
