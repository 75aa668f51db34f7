//! A key, as it is answered.

use keywright_domain::PlaintextKey;
use keywright_engine::{Actor, IssuedKey};
use keywright_store::KeyListing;
use serde::{Serialize, Serializer};

use crate::dialects::boltonsea::wire::{in_offset, words_of};

/// A key without its value.
#[derive(Debug, Serialize)]
pub(super) struct ApiKey {
    key_id: i64,
    /// The same number, for who looks for it under this name.
    id: i64,
    key_name: String,
    key_scope: Vec<&'static str>,
    organization_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_prefix: Option<String>,
    created_on: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_on: Option<String>,
}

/// A key that was just made.
#[derive(Debug, Serialize)]
pub(super) struct CreatedApiKey {
    #[serde(flatten)]
    key: ApiKey,
    /// The full value, this once. Left out only where a request with the same `Idempotency-Key` comes again too late.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<RevealedKey>,
}

/// A key's text on its way into the one answer that holds it.
#[derive(Debug)]
struct RevealedKey(PlaintextKey);

impl ApiKey {
    /// A key of the organization that the caller acts in.
    pub(super) fn of(listing: KeyListing, actor: &Actor) -> Self {
        let KeyListing { key, shown_prefix, last_use } = listing;
        Self {
            key_id: key.number,
            id: key.number,
            key_name: key.name,
            key_scope: words_of(key.verbs),
            organization_id: actor.organization_number(),
            key_prefix: shown_prefix,
            created_on: in_offset(key.created_at),
            last_used_on: last_use.map(|last| in_offset(last.at)),
            expires_on: key.expires_at.map(in_offset),
        }
    }
}

impl CreatedApiKey {
    /// A key that was made in the organization that the caller acts in.
    pub(super) fn of(issued: IssuedKey, actor: &Actor) -> Self {
        Self { key: ApiKey::of(issued.listing, actor), api_key: issued.secret.map(RevealedKey) }
    }
}

impl Serialize for RevealedKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}
