//! Giving a key a new secret.

use std::time::Duration;

use keywright_domain::{KeyId, PlaintextKey, Right};
use keywright_store::{Command, KeyListing, KeySecret, Refusal, UniqueField};

use super::authority::require_may_hand_out;
use super::{IssuedKey, key_is_revoked, no_such_key};
use crate::Engine;
use crate::actor::Actor;
use crate::change::{Act, MAX_ATTEMPTS, NotChanged, too_contended};
use crate::error::Error;
use crate::random::draw;

/// The longest overlap: 30 days, in seconds.
const MAX_OVERLAP_SECONDS: u64 = 30 * 24 * 60 * 60;

impl Engine {
    /// Gives a key a new secret. The present one works for another `overlap_seconds` (at most 30 days); earlier ones
    /// that still worked end now, so that at most two are in force. 0 ends all of them now: they are REVOKED.
    ///
    /// Needs `apiKey.update`, and the key's access within the caller's: handing out a secret is a grant.
    pub async fn rotate_key(
        &self,
        actor: &Actor,
        id: KeyId,
        overlap_seconds: u64,
    ) -> Result<IssuedKey, Error> {
        let act = Act::new("apiKey.rotate", "apiKey", id.uuid()).with("overlapSeconds", overlap_seconds);
        self.audited(actor, act.clone(), async {
            actor.require(Right::ApiKeyUpdate)?;
            if overlap_seconds > MAX_OVERLAP_SECONDS {
                return Err(Error::invalid(
                    "overlapSeconds",
                    format!("must be at most {MAX_OVERLAP_SECONDS} (30 days)"),
                ));
            }
            for _ in 0..MAX_ATTEMPTS {
                let listing = self.reachable_key(actor, id).await?;
                let owner = actor.organization.owner(listing.key.owner).ok_or_else(no_such_key)?;
                require_may_hand_out(actor, &listing.key, &owner)?;
                if let Some(listing) = self.answered_before::<KeyListing>(actor).await? {
                    return Ok(self.answer_again(actor, listing));
                }
                if listing.key.revoked_at.is_some() {
                    return Err(key_is_revoked());
                }
                if let Some(issued) = self.rotate_once(actor, &act, listing, overlap_seconds).await? {
                    return Ok(issued);
                }
            }
            Err(too_contended())
        })
        .await
    }

    /// One attempt; `None`: the key was changed meanwhile.
    async fn rotate_once(
        &self,
        actor: &Actor,
        act: &Act,
        listing: KeyListing,
        overlap_seconds: u64,
    ) -> Result<Option<IssuedKey>, Error> {
        let now = self.now();
        let prefix = self
            .prefix_of(&listing)
            .await?
            .unwrap_or_else(|| actor.organization.settings().key_prefix.clone());
        let plaintext = PlaintextKey::generate(&prefix, draw(self.random.as_ref()));
        let secret = KeySecret::of(&plaintext, &prefix, &self.pepper, now);
        let command = Command::RotateKey {
            organization: actor.organization_id(),
            id: listing.key.id,
            unchanged_since: listing.key.revision,
            supersede_at: now.plus(Duration::from_secs(overlap_seconds)),
            secret: secret.clone(),
        };
        let id = listing.key.id;
        let mut rotated = KeyListing { shown_prefix: secret.shown_prefix, ..listing };
        rotated.key.updated_at = now;
        let request = actor.idempotency.as_ref();
        self.recent_secrets.keep(request, &rotated, &plaintext, now);
        match self.change(actor, act, command, rotated).await {
            Ok(changed) if changed.is_repetition => Ok(Some(self.answer_again(actor, changed.value))),
            Ok(changed) => {
                self.recent_secrets.drop_of(|key| key == id, request);
                Ok(Some(IssuedKey { listing: changed.value, secret: Some(plaintext) }))
            }
            Err(NotChanged::Refused(Refusal::Changed | Refusal::NotUnique(UniqueField::Secret))) => Ok(None),
            Err(other) => Err(other.into_error(|refusal| match refusal {
                Refusal::Revoked => Some(key_is_revoked()),
                Refusal::NotFound => Some(no_such_key()),
                _ => None,
            })),
        }
    }

    /// The prefix that the key's secret in force has, if it has our shape.
    async fn prefix_of(&self, listing: &KeyListing) -> Result<Option<keywright_domain::KeyPrefix>, Error> {
        let secrets = self.store.key_secrets(listing.key.id).await?;
        Ok(secrets.into_iter().next().and_then(|newest| newest.key_prefix))
    }
}
