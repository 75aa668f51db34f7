//! The pairs that are in use.

use keywright_domain::Timestamp;
use keywright_store::SealedSigningKey;

use super::pair::KeyPair;
use super::schedule::published_until;
use super::seal::Seal;

/// The pairs that could be opened, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Ring(Vec<KeyPair>);

impl Ring {
    /// Opens what can be opened. What cannot neither signs nor is published: nobody who writes to the database alone can
    /// make others trust a key.
    pub(super) fn open(rows: &[SealedSigningKey], seal: &Seal) -> Self {
        let open = |row: &SealedSigningKey| {
            let pair = KeyPair::open(row, seal);
            if pair.is_none() {
                tracing::error!(
                    position = row.position,
                    "a signing key cannot be opened with this pepper and is not used: the database was changed by \
                     something else; once you know by what, rotate with `withdraw`"
                );
            }
            pair
        };
        Self(rows.iter().filter_map(open).collect())
    }

    /// The pair that signs now.
    pub(crate) fn current(&self, now: Timestamp) -> Option<&KeyPair> {
        self.0.iter().rev().find(|pair| pair.signs_from.has_passed(now))
    }

    /// The pairs whose tokens hold or will hold, each with the time when the next one takes over from it.
    pub(crate) fn published(&self, now: Timestamp) -> impl Iterator<Item = (&KeyPair, Option<Timestamp>)> {
        let successors = self.0.iter().skip(1).map(|pair| Some(pair.signs_from)).chain([None]);
        let is_over = move |stops: Timestamp| published_until(stops).has_passed(now);
        self.0.iter().zip(successors).filter(move |(_, stops)| !stops.is_some_and(is_over))
    }
}
