//! API keys: one act, one file.

mod authority;
mod create;
mod credits;
mod draft;
mod glance;
mod import;
mod read;
mod revoke;
mod rotate;
mod update;

use keywright_domain::{KeyStatus, PlaintextKey};
use keywright_store::{KeyListing, KeyRecord};

pub(crate) use authority::{
    owner_within_reach, require_key_reach, require_narrower_or_within, require_permissions_within,
    require_unmetered, require_within,
};
pub(crate) use create::{check_catalogue, creator};
pub use credits::CreditsPatch;
pub use draft::{ImportedSecret, KeyDraft, KeyFilter, KeyPatch, RevokeFilter};
pub use import::ImportItem;

use crate::Engine;
use crate::error::Error;

/// A key with its new secret.
#[derive(Debug)]
pub struct IssuedKey {
    /// The key.
    pub listing: KeyListing,
    /// Its secret, this once. `None` when a request was repeated too late, or at another node, to be told again.
    pub secret: Option<PlaintextKey>,
}

impl Engine {
    /// Where a key stands now.
    pub fn key_status(&self, key: &KeyRecord) -> KeyStatus {
        let now = self.now();
        if key.revoked_at.is_some() {
            KeyStatus::Revoked
        } else if !key.enabled {
            KeyStatus::Disabled
        } else if key.expires_at.is_some_and(|at| at.has_passed(now)) {
            KeyStatus::Expired
        } else {
            KeyStatus::Active
        }
    }
}

/// The refusal that says that a key is not there, or not the caller's to see.
pub(crate) const fn no_such_key() -> Error {
    Error::NotFound { kind: "API key" }
}

fn key_is_revoked() -> Error {
    Error::Conflict("the API key is revoked; a revoked key cannot be changed".to_owned())
}
