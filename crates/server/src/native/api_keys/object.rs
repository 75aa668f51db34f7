//! An API key, as it is answered.

use keywright_domain::{PlaintextKey, VerbSet};
use keywright_engine::{Engine, IssuedKey};
use keywright_store::{KeyListing, KeyOwner, StoredGrants};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::native::wire::{Credits, RateLimit, Time, Verb, verbs_of};

/// An API key. A field that has no value is left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0193f2a1-8d10-7c3a-b1a4-6f0e2d9c5b71", "number": 4_503_599_627_370_497_i64, "name": "billing export",
    "keyPrefix": "kw_3fJa", "scope": "read", "verbs": ["READ"], "permissions": ["invoice.read"],
    "organizationId": "0193f2a1-0000-7000-8000-000000000001", "userId": "0193f2a1-0000-7000-8000-000000000002",
    "createdBy": "0193f2a1-0000-7000-8000-000000000002", "createdAt": "2026-11-21T09:30:00.000Z",
    "updatedAt": "2026-11-21T09:30:00.000Z", "expiresAt": "2030-01-31T12:00:00.000Z", "enabled": true,
    "status": "active", "lastUsedAt": "2026-11-21T10:15:02.418Z", "lastUsedIp": "203.0.113.7",
    "lastUsedUserAgent": "curl/8.5.0",
}))]
pub(crate) struct ApiKey {
    id: Uuid,
    /// Another name of it, below 2^53.
    #[schema(minimum = 1, example = 4_503_599_627_370_497_i64)]
    number: i64,
    #[schema(example = "billing export")]
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// How the key begins. Left out for a key that was imported by its digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "kw_3fJa")]
    key_prefix: Option<String>,
    /// `read` when its verbs are READ alone, else `read-write`.
    scope: Scope,
    /// What kinds of act it may be used for.
    verbs: Vec<Verb>,
    /// What it was granted, as it was spelt. Left out: whatever its owner may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<Vec<String>>,
    /// Roles whose permissions it has too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    role_ids: Vec<Uuid>,
    organization_id: Uuid,
    /// The person whose key it is. Either this or `serviceAccountId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<Uuid>,
    /// The service account whose key it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    service_account_id: Option<Uuid>,
    /// Who made it: a user's or a service account's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<Uuid>,
    created_at: Time,
    updated_at: Time,
    /// Left out: it does not expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Time>,
    /// Whether it is switched on.
    enabled: bool,
    status: Status,
    /// Shows within 5 seconds of a use; later where thousands of keys are used in every second.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "203.0.113.7")]
    last_used_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "curl/8.5.0")]
    last_used_user_agent: Option<String>,
    /// The customer it is for, in the caller's own system.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// `true`: that customer made it in the portal. Left out: it was made in another way.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    made_in_portal: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    /// Networks it may be used from, in CIDR notation. Left out: from anywhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, example = json!(["192.0.2.0/24"]))]
    ip_allowlist: Vec<String>,
    /// How often it may be used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    rate_limits: Vec<RateLimit>,
    /// How many uses are left, for a key that has only so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    credits: Option<Credits>,
}

/// An API key with its new secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IssuedApiKey {
    #[serde(flatten)]
    api_key: ApiKey,
    /// The key itself. It is shown this once, and stored nowhere. Left out only where a request with the same
    /// `Idempotency-Key` is repeated after more than 60 seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "kw_3fJaB0c9dE8fG7hI6jK5lM4nO3pQ2rS1tU0vWx")]
    key: Option<RevealedKey>,
}

/// A key's text on its way into the one answer that holds it.
#[derive(Debug)]
struct RevealedKey(PlaintextKey);

/// Whether a key only reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Scope {
    /// Its verbs are READ alone.
    Read,
    /// It has other verbs.
    ReadWrite,
}

/// Where a key stands. The first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ApiKeyStatus, example = "active")]
pub(crate) enum Status {
    /// Revoked for good; the record stays readable.
    Revoked,
    /// Switched off; can be switched on again.
    Disabled,
    /// Past its `expiresAt`.
    Expired,
    /// None of these.
    Active,
}

impl Scope {
    /// The scope that verbs amount to.
    pub(crate) fn of(verbs: VerbSet) -> Self {
        if verbs == VerbSet::READ { Self::Read } else { Self::ReadWrite }
    }
}

impl From<keywright_domain::KeyStatus> for Status {
    fn from(status: keywright_domain::KeyStatus) -> Self {
        use keywright_domain::KeyStatus;
        match status {
            KeyStatus::Revoked => Self::Revoked,
            KeyStatus::Disabled => Self::Disabled,
            KeyStatus::Expired => Self::Expired,
            KeyStatus::Active => Self::Active,
        }
    }
}

impl ApiKey {
    /// A key as the engine tells it.
    pub(crate) fn of(listing: KeyListing, engine: &Engine) -> Self {
        let KeyListing { key, shown_prefix, last_use } = listing;
        let status = engine.key_status(&key).into();
        let (user_id, service_account_id) = owner_ids(key.owner);
        let (last_used_at, address, agent) = match last_use {
            Some(last) => (Some(last.at.into()), last.address, last.agent),
            None => (None, None, None),
        };
        Self {
            id: key.id.uuid(),
            number: key.number,
            name: key.name,
            description: key.description,
            key_prefix: shown_prefix,
            scope: Scope::of(key.verbs),
            verbs: verbs_of(key.verbs),
            permissions: match key.grants {
                StoredGrants::Owner => None,
                StoredGrants::Listed(permissions) => {
                    Some(permissions.iter().map(ToString::to_string).collect())
                }
            },
            role_ids: key.roles.into_iter().map(keywright_domain::RoleId::uuid).collect(),
            organization_id: key.organization.uuid(),
            user_id,
            service_account_id,
            created_by: key.created_by,
            created_at: key.created_at.into(),
            updated_at: key.updated_at.into(),
            expires_at: key.expires_at.map(Time::from),
            revoked_at: key.revoked_at.map(Time::from),
            enabled: key.enabled,
            status,
            last_used_at,
            last_used_ip: address.map(|address| address.to_string()),
            last_used_user_agent: agent,
            external_id: key.external_id,
            made_in_portal: key.portal_customer.is_some(),
            metadata: key.metadata,
            ip_allowlist: key.allowlist.networks().iter().map(ToString::to_string).collect(),
            rate_limits: key.rate_limits.into_iter().map(RateLimit::from).collect(),
            credits: key.credits.map(Credits::from),
        }
    }
}

impl IssuedApiKey {
    /// A key that was just made or rotated.
    pub(crate) fn of(issued: IssuedKey, engine: &Engine) -> Self {
        Self { api_key: ApiKey::of(issued.listing, engine), key: issued.secret.map(RevealedKey) }
    }
}

impl Serialize for RevealedKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

/// A person's id, or a service account's.
pub(super) fn owner_ids(owner: KeyOwner) -> (Option<Uuid>, Option<Uuid>) {
    match owner {
        KeyOwner::User(id) => (Some(id.uuid()), None),
        KeyOwner::ServiceAccount(id) => (None, Some(id.uuid())),
    }
}
