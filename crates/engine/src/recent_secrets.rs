//! Secrets of keys that were made a moment ago, for an idempotent request that is repeated because its answer was lost.

use std::collections::HashMap;
use std::time::Duration;

use keywright_domain::{Digest, KeyId, PlaintextKey, Timestamp};
use keywright_store::KeyListing;
use parking_lot::Mutex;

use crate::idempotency::Idempotency;

/// How long a secret is kept. The plaintext wipes itself when it is dropped.
const KEPT_FOR: Duration = Duration::from_mins(1);
/// Secrets kept at most; beyond this the answer to a repetition comes without the secret.
const MAX_KEPT: usize = 10_000;

/// Which secret: two sendings of one request may each have drawn one, and only one of them was stored.
#[derive(PartialEq, Eq, Hash)]
struct Which {
    request: Digest,
    key: KeyId,
    shown_prefix: Option<String>,
}

struct Kept {
    secret: PlaintextKey,
    until: Timestamp,
}

/// Secrets by the request that they answer. In this process's memory alone.
#[derive(Default)]
pub(crate) struct RecentSecrets(Mutex<HashMap<Which, Kept>>);

impl RecentSecrets {
    /// Keeps a secret, if the request can be repeated at all.
    pub(crate) fn keep(
        &self,
        request: Option<&Idempotency>,
        listing: &KeyListing,
        secret: &PlaintextKey,
        now: Timestamp,
    ) {
        let Some(request) = request else { return };
        let mut kept = self.0.lock();
        kept.retain(|_, kept| !kept.until.has_passed(now));
        if kept.len() < MAX_KEPT {
            let until = now.plus(KEPT_FOR);
            kept.insert(which(request, listing), Kept { secret: secret.clone(), until });
        }
    }

    /// The secret that a request was answered with, if it is still kept.
    pub(crate) fn get(
        &self,
        request: Option<&Idempotency>,
        listing: &KeyListing,
        now: Timestamp,
    ) -> Option<PlaintextKey> {
        let kept = self.0.lock();
        kept.get(&which(request?, listing))
            .filter(|kept| !kept.until.has_passed(now))
            .map(|kept| kept.secret.clone())
    }

    /// Drops the secrets of keys that were revoked or rotated; those that `request` is answered with stay.
    pub(crate) fn drop_of(&self, concerned: impl Fn(KeyId) -> bool, request: Option<&Idempotency>) {
        self.0.lock().retain(|which, _| {
            !concerned(which.key) || request.is_some_and(|request| request.digest == which.request)
        });
    }

    pub(crate) fn drop_old(&self, now: Timestamp) {
        self.0.lock().retain(|_, kept| !kept.until.has_passed(now));
    }
}

fn which(request: &Idempotency, listing: &KeyListing) -> Which {
    Which { request: request.digest, key: listing.key.id, shown_prefix: listing.shown_prefix.clone() }
}
