//! Change a key.

use keywright_domain::KeyId;
use keywright_engine::KeyPatch;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::TAG;
use super::object::{ApiKey, Scope};
use crate::app::SharedApp;
use crate::http::{
    Answer, ChangeFailures, Envelope, IdempotencyParameter, Mutation, Object, PathId, Success,
};
use crate::native::wire::{Credits, Patch, RateLimit, Verb, to_domain};

/// How a key is to change. A field that is left out stays as it is; `null` clears it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UpdateKey {
    #[serde(default)]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 255)]
    name: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Patch<String>,
    /// Cleared: it does not expire, where the organization and the caller allow that.
    #[serde(default)]
    #[schema(value_type = Option<crate::native::wire::Time>, inline)]
    expires_at: Patch<String>,
    /// `read` or `read-write`. Not with `verbs`.
    #[serde(default)]
    #[schema(value_type = Option<Scope>, inline)]
    scope: Patch<String>,
    /// Not with `scope`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Verb>>)]
    verbs: Patch<Vec<Verb>>,
    /// Cleared: what its owner may do, if the caller has all of that.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 256)]
    permissions: Patch<Vec<String>>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    role_ids: Patch<Vec<String>>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 255)]
    external_id: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Patch<Map<String, Value>>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 64)]
    ip_allowlist: Patch<Vec<String>>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<RateLimit>>, max_items = 8)]
    rate_limits: Patch<Vec<Object<RateLimit>>>,
    #[serde(default)]
    #[schema(value_type = Option<Credits>)]
    credits: Patch<Object<Credits>>,
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    enabled: Patch<bool>,
}

/// Change an API key
///
/// In force everywhere when this is answered. What is granted stays within what the caller has. A revoked key cannot be
/// changed (409). Needs `apiKey.update`; for another owner's key `apiKey.manage` too.
#[utoipa::path(
    patch,
    path = "/v1/api-keys/{id}",
    operation_id = "updateApiKey",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The key's id."), IdempotencyParameter),
    request_body(content = UpdateKey, example = json!({"name": "billing export, EU", "expiresAt": null})),
    responses((status = 200, description = "The key as it is now.", body = Envelope<ApiKey>), ChangeFailures),
)]
pub(super) async fn update(
    app: SharedApp,
    PathId(id): PathId<KeyId>,
    change: Mutation<UpdateKey>,
) -> Answer<ApiKey> {
    let key = app.engine.update_key(&change.actor, id, change.body.into()).await?;
    Ok(Success(ApiKey::of(key, &app.engine)))
}

impl From<UpdateKey> for KeyPatch {
    fn from(body: UpdateKey) -> Self {
        Self {
            name: body.name.0,
            description: body.description.0,
            expires_at: body.expires_at.0,
            scope: body.scope.0,
            verbs: body.verbs.map(|verbs| verbs.into_iter().map(Into::into).collect()),
            permissions: body.permissions.0,
            role_ids: body.role_ids.0,
            external_id: body.external_id.0,
            metadata: body.metadata.0,
            ip_allowlist: body.ip_allowlist.0,
            rate_limits: body.rate_limits.map(to_domain),
            credits: body.credits.map(|Object(credits)| credits.into()),
            enabled: body.enabled.0,
            unchanged_since: None,
        }
    }
}
