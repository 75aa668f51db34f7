//! What a caller asks a key to be.

use keywright_domain::{Credits, RateLimit, Verb};
use keywright_store::{Change, Revision};

/// A key to be made. Texts are as the caller sent them; they are read and checked in one place.
#[derive(Debug, Clone, Default)]
pub struct KeyDraft {
    /// Required, 1 to 255 characters.
    pub name: Option<String>,
    /// At most 2000 characters.
    pub description: Option<String>,
    /// RFC 3339, in the future.
    pub expires_at: Option<String>,
    /// `read` or `read-write`; not with `verbs`.
    pub scope: Option<String>,
    /// Instead of `scope`.
    pub verbs: Option<Vec<Verb>>,
    /// The service account that will own it; else the caller's own owner does.
    pub service_account: Option<String>,
    /// What it may do; left out: what its owner has.
    pub permissions: Option<Vec<String>>,
    /// Roles whose permissions it has too.
    pub role_ids: Option<Vec<String>>,
    /// The customer it is for, at most 255 characters.
    pub external_id: Option<String>,
    /// At most 4 KiB of JSON text.
    pub metadata: Option<serde_json::Map<String, serde_json::Value>>,
    /// Networks in CIDR notation, at most 64.
    pub ip_allowlist: Option<Vec<String>>,
    /// At most 8.
    pub rate_limits: Option<Vec<RateLimit>>,
    /// A budget.
    pub credits: Option<Credits>,
    /// Switched on, unless false.
    pub enabled: Option<bool>,
    /// Another prefix than the organization's.
    pub prefix: Option<String>,
}

/// How a key is to change.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "each other field is described at KeyDraft; a value cleared is Set(None)")]
pub struct KeyPatch {
    pub name: Change<Option<String>>,
    pub description: Change<Option<String>>,
    pub expires_at: Change<Option<String>>,
    pub scope: Change<Option<String>>,
    pub verbs: Change<Option<Vec<Verb>>>,
    pub permissions: Change<Option<Vec<String>>>,
    pub role_ids: Change<Option<Vec<String>>>,
    pub external_id: Change<Option<String>>,
    pub metadata: Change<Option<serde_json::Map<String, serde_json::Value>>>,
    pub ip_allowlist: Change<Option<Vec<String>>>,
    pub rate_limits: Change<Option<Vec<RateLimit>>>,
    pub credits: Change<Option<Credits>>,
    pub enabled: Change<Option<bool>>,
    /// The revision that the caller saw: if the key has been written since, this is a conflict. `None`: it is changed
    /// whatever it has become.
    pub unchanged_since: Option<Revision>,
}

/// Where an imported key's digest or text comes from.
#[derive(Clone)]
pub enum ImportedSecret {
    /// The SHA-256 of the key.
    Sha256([u8; 32]),
    /// The key itself.
    Plaintext(keywright_domain::PlaintextKey),
}

/// Which keys to revoke at once. At least one condition is needed.
#[derive(Debug, Clone, Default)]
pub struct RevokeFilter {
    /// Made for this customer.
    pub external_id: Option<String>,
    /// Owned by this service account.
    pub service_account: Option<String>,
    /// Owned by this person.
    pub user: Option<String>,
    /// Made before this time, RFC 3339.
    pub created_before: Option<String>,
    /// Among these, at most 1000.
    pub ids: Option<Vec<String>>,
}

/// Which keys to list.
#[derive(Debug, Clone, Default)]
pub struct KeyFilter {
    /// `active`, `expired`, `revoked` or `disabled`.
    pub status: Option<String>,
    /// Of this service account.
    pub service_account: Option<String>,
    /// Of this person.
    pub user: Option<String>,
    /// Made for this customer.
    pub external_id: Option<String>,
    /// With this text in the name or at the start of the shown prefix.
    pub text: Option<String>,
    /// Given this permission, itself or by a pattern, a role or as all that their owner has; whether or not the owner has it.
    pub permission: Option<String>,
    /// Ending from now on, and at this time at the latest, RFC 3339.
    pub expires_before: Option<String>,
    /// Made before this time and not used since, RFC 3339.
    pub unused_since: Option<String>,
    /// `createdAt`, `name`, `expiresAt` or `lastUsedAt`, with a `-` before it the other way round; `-createdAt` unless said.
    pub sort: Option<String>,
    /// Leave revoked keys out.
    pub live_only: bool,
    /// How many keys to look at, at most, so that the answer takes no longer however few match: a page may then have fewer
    /// than are wanted, even none, and go on all the same. In another order than by age it counts for who reaches all keys:
    /// others have all of their own looked at.
    pub look_at: Option<u32>,
}
