//! The key pairs that sign offline tokens: made, sealed, opened, rotated, published.
//!
//! A pair is made by whichever node finds that one is due, sealed under a key that is derived from the pepper, and stored.
//! Nodes learn of it by the feed, as of everything else. It is published before it signs, so that verifiers know it by
//! then, and stays published until the last token that it signed has ended.

mod pair;
mod ring;
mod rotation;
mod schedule;
mod seal;
mod stopped;

use std::sync::Arc;

use arc_swap::ArcSwap;
use keywright_domain::Pepper;
use keywright_store::SealedSigningKey;

pub(crate) use pair::KeyPair;
pub(crate) use ring::Ring;
pub use rotation::{PublicKey, SigningKeyFacts, SigningKeyState};
pub(crate) use rotation::{ensure_one, first};
pub(crate) use seal::Seal;
pub use stopped::{rotate_stored_signing_keys, stored_signing_keys};

use crate::Engine;
use crate::change::Act;

/// What signing keys are sealed under is derived from the pepper by this name.
const AT_REST: &str = "keywright: private halves of signing keys, v1";

/// The pairs of this node, opened.
pub(crate) struct Signing {
    seal: Seal,
    /// With the rows that it was opened from.
    opened: ArcSwap<(Arc<Vec<SealedSigningKey>>, Arc<Ring>)>,
}

impl Signing {
    pub(crate) fn new(pepper: &Pepper) -> Self {
        Self { seal: seal(pepper), opened: ArcSwap::default() }
    }

    /// The pairs of these rows. Opened once, whenever the rows change.
    fn ring(&self, rows: &Arc<Vec<SealedSigningKey>>) -> Arc<Ring> {
        let known = self.opened.load();
        if Arc::ptr_eq(&known.0, rows) {
            return Arc::clone(&known.1);
        }
        let ring = Arc::new(Ring::open(rows, &self.seal));
        self.opened.store(Arc::new((Arc::clone(rows), Arc::clone(&ring))));
        ring
    }
}

/// A rotation, for the audit log.
fn rotate_act(withdraw: bool) -> Act {
    Act::new("signingKey.rotate", "signingKey", None).with("withdraw", withdraw)
}

/// What seals signing keys.
fn seal(pepper: &Pepper) -> Seal {
    Seal::new(&pepper.derive(AT_REST))
}

impl Engine {
    /// The signing keys as they are now.
    pub(crate) fn ring(&self) -> Arc<Ring> {
        self.signing.ring(&self.index().signing_keys())
    }
}
