//! A key's credits as they are for somebody who looks at the key.

use keywright_domain::{KeyId, OrganizationId};
use keywright_store::KeyListing;

use super::WAIT_AT_MOST;
use crate::Engine;
use crate::error::Error;

/// How often a key is read because its credits moved meanwhile. After that the last reading must do.
const MAX_READS: usize = 4;

impl Engine {
    /// One key, with what can be used of its credits: what the store has, what is held here, and a refill that is due.
    pub(crate) async fn key_seen(
        &self,
        organization: OrganizationId,
        id: KeyId,
    ) -> Result<Option<KeyListing>, Error> {
        let mut reads = 0;
        loop {
            reads += 1;
            let before = self.lots.glance(id, self.now()).map(|glance| glance.version);
            let Some(listing) = self.store.key(organization, id).await? else { return Ok(None) };
            if listing.key.credits.is_none() {
                return Ok(Some(listing));
            }
            let after = self.lots.glance(id, self.now());
            let (after, under_way) =
                after.map_or((None, None), |glance| (Some(glance.version), glance.under_way));
            let is_at_rest = before == after && under_way.is_none();
            if is_at_rest || reads == MAX_READS {
                return self.seen(listing).await.map(Some);
            }
            if let Some(mut moving) = under_way {
                let _ = tokio::time::timeout(WAIT_AT_MOST, super::is_answered(&mut moving)).await;
            }
        }
    }

    /// A key that was read from the store, with its credits as they are.
    pub(crate) async fn seen(&self, mut listing: KeyListing) -> Result<KeyListing, Error> {
        if let Some(budget) = listing.key.credits.take() {
            let held = self.credits_held(listing.key.id).await?;
            let organization = self.index().organization(listing.key.organization);
            let zone = organization.map(|organization| organization.settings().time_zone.clone());
            listing.key.credits = Some(budget.seen(held, self.now(), &zone.unwrap_or_default()));
        }
        Ok(listing)
    }

    /// What is held unused of a key's credits here.
    pub(crate) async fn credits_held(&self, key: KeyId) -> Result<u64, Error> {
        match self.lots.glance(key, self.now()) {
            None => Ok(0),
            Some(glance) if glance.is_trusted || glance.held == 0 => Ok(glance.held),
            Some(glance) => {
                let reserved = self.store.credit_lot(glance.lot).await?;
                Ok(glance.held.min(reserved.unwrap_or(0)))
            }
        }
    }
}
