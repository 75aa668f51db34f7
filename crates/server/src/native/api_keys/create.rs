//! Make a key.

use keywright_engine::KeyDraft;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::TAG;
use super::object::IssuedApiKey;
use crate::app::SharedApp;
use crate::http::{Answer, ChangeFailures, Envelope, IdempotencyParameter, Mutation, Object, Success};
use crate::native::wire::{Credits, RateLimit, Verb, to_domain};

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreateKey {
    #[schema(value_type = String, min_length = 1, max_length = 255, example = "billing export")]
    name: Option<String>,
    #[schema(max_length = 2000)]
    description: Option<String>,
    /// RFC 3339, in the future. Left out: the organization's `defaultExpirySeconds`, if it has one; never otherwise.
    #[schema(value_type = Option<crate::native::wire::Time>, inline)]
    expires_at: Option<String>,
    /// `read` (READ alone) unless said, or `read-write` (all five verbs). Not with `verbs`.
    #[schema(value_type = Option<super::object::Scope>, inline)]
    scope: Option<String>,
    /// What kinds of act it may be used for. Not with `scope`.
    verbs: Option<Vec<Verb>>,
    /// The service account that will own it; left out: the caller.
    #[schema(value_type = Option<uuid::Uuid>)]
    service_account_id: Option<String>,
    /// What it may do: `resource.action` or `resource:action`, with `*` for a segment, or `all`. Left out: what its
    /// owner may do, now and later, if the credential that makes it has all of that; else a copy of that credential's.
    /// Required with `externalId`. Nothing that the caller lacks can be granted.
    #[schema(max_items = 256, example = json!(["asset.read", "asset.list"]))]
    permissions: Option<Vec<String>>,
    /// Roles whose permissions it has too.
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    role_ids: Option<Vec<String>>,
    /// The customer it is for, in the caller's own system.
    #[schema(max_length = 255, example = "customer_4711")]
    external_id: Option<String>,
    /// A JSON object, at most 4 KiB as text.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    /// Networks it may be used from, in CIDR notation, or addresses. Left out or empty: from anywhere.
    #[schema(max_items = 64, example = json!(["192.0.2.0/24", "2001:db8::/32"]))]
    ip_allowlist: Option<Vec<String>>,
    /// How often it may be used. A use is counted on all of them, or, when one is full, on none.
    #[schema(value_type = Option<Vec<RateLimit>>, max_items = 8)]
    rate_limits: Option<Vec<Object<RateLimit>>>,
    /// How many uses are left, for a key that has only so many.
    #[schema(value_type = Option<Credits>)]
    credits: Option<Object<Credits>>,
    /// Whether it is switched on; `true` unless said.
    enabled: Option<bool>,
    /// What the key starts with, instead of the organization's `keyPrefix`.
    #[schema(min_length = 1, max_length = 16, pattern = "^[a-z0-9_]{1,16}$", example = "kw")]
    prefix: Option<String>,
}

/// Create an API key
///
/// `data.key` is the key itself. It is shown this once: only a digest of it is stored. Needs `apiKey.create`; for a
/// service account's or another person's key `apiKey.manage` too. The key never has more than its creator: permissions,
/// verbs, expiry and networks stay within theirs.
#[utoipa::path(
    post,
    path = "/v1/api-keys",
    operation_id = "createApiKey",
    tag = TAG,
    params(IdempotencyParameter),
    request_body(
        content = CreateKey,
        example = json!({"name": "billing export", "permissions": ["invoice.read"], "expiresAt": "2030-01-31T12:00:00Z"}),
    ),
    responses(
        (
            status = 200,
            description = "The key, with its secret.",
            body = Envelope<IssuedApiKey>,
            example = json!({
                "code": 200, "message": "success", "requestId": "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10",
                "data": {
                    "id": "0193f2a1-8d10-7c3a-b1a4-6f0e2d9c5b71", "number": 4_503_599_627_370_497_i64,
                    "name": "billing export", "keyPrefix": "kw_3fJa", "scope": "read", "verbs": ["READ"],
                    "permissions": ["invoice.read"], "organizationId": "0193f2a1-0000-7000-8000-000000000001",
                    "userId": "0193f2a1-0000-7000-8000-000000000002",
                    "createdBy": "0193f2a1-0000-7000-8000-000000000002",
                    "createdAt": "2026-11-21T09:30:00.000Z", "updatedAt": "2026-11-21T09:30:00.000Z",
                    "expiresAt": "2030-01-31T12:00:00.000Z", "enabled": true, "status": "active",
                    "key": "kw_3fJaB0c9dE8fG7hI6jK5lM4nO3pQ2rS1tU0vWx",
                },
            }),
        ),
        ChangeFailures,
    ),
)]
pub(super) async fn create(app: SharedApp, change: Mutation<CreateKey>) -> Answer<IssuedApiKey> {
    let issued = app.engine.create_key(&change.actor, change.body.into()).await?;
    Ok(Success(IssuedApiKey::of(issued, &app.engine)))
}

impl From<CreateKey> for KeyDraft {
    fn from(body: CreateKey) -> Self {
        Self {
            name: body.name,
            description: body.description,
            expires_at: body.expires_at,
            scope: body.scope,
            verbs: body.verbs.map(|verbs| verbs.into_iter().map(Into::into).collect()),
            service_account: body.service_account_id,
            permissions: body.permissions,
            role_ids: body.role_ids,
            external_id: body.external_id,
            metadata: body.metadata,
            ip_allowlist: body.ip_allowlist,
            rate_limits: body.rate_limits.map(to_domain),
            credits: body.credits.map(|Object(credits)| credits.into()),
            enabled: body.enabled,
            prefix: body.prefix,
        }
    }
}
