//! The answer about a key.

use keywright_engine::{Verdict, VerifiedKey};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::object::{Scope, owner_ids};
use crate::http::{JsonObject, WriteJson};
use crate::native::wire::Time;

/// Whether a key may do what was asked. The facts of the key are there whenever it was found in the asking organization,
/// valid or not.
#[derive(ToSchema)]
#[schema(as = Verdict, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what `Rendered` writes")]
pub(crate) struct VerdictSchema {
    /// Whether it may.
    valid: bool,
    /// `VALID`, or the first check that failed, in this order.
    code: VerdictCode,
    #[schema(required = false)]
    key_id: Uuid,
    #[schema(required = false, example = "billing export")]
    name: String,
    #[schema(required = false)]
    organization_id: Uuid,
    #[schema(required = false)]
    user_id: Uuid,
    #[schema(required = false)]
    service_account_id: Uuid,
    #[schema(required = false)]
    external_id: String,
    #[schema(required = false)]
    scope: Scope,
    /// As they were spelt; left out: whatever its owner may do.
    #[schema(required = false)]
    permissions: Vec<String>,
    #[schema(required = false)]
    expires_at: Time,
    #[schema(required = false, value_type = Object)]
    metadata: (),
    /// Demanded permissions that it lacks.
    #[schema(required = false)]
    missing: Vec<String>,
    /// Its rate limits and its owner's, after this use was counted on them; there when all other checks were passed.
    #[schema(required = false)]
    rate_limits: Vec<LimitState<'static>>,
    /// What is left of its credits; there when the use was to be counted on them.
    #[schema(required = false)]
    credits: CreditState,
    /// With `RATE_LIMITED`: in how many seconds a use like this may fit again, if none comes in between. With
    /// `CREDITS_EXHAUSTED`: in how many seconds its credits are filled up, if they are.
    #[schema(required = false, minimum = 1)]
    retry_after_seconds: u64,
}

/// What is left of a key's credits.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreditState {
    /// Credits that can be used, as far as this server knows. What other servers hold in reserve is not in it.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64, example = 999)]
    remaining: u64,
}

/// A rate limit, and what is left of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LimitState<'a> {
    /// Its name; that of the owner's limit, which all of the owner's keys share, begins with `owner:`.
    #[schema(value_type = String, example = "default")]
    name: &'a str,
    /// Units allowed in a window.
    #[schema(minimum = 1, example = 100)]
    limit: u32,
    /// Units that could be used now.
    #[schema(minimum = 0, example = 99)]
    remaining: u32,
    /// When all that was used will have come back.
    reset_at: Time,
}

/// The outcome of a verification.
#[derive(ToSchema)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(dead_code, reason = "describes what the engine says")]
pub(crate) enum VerdictCode {
    /// No key looks like this; nothing was looked up.
    Malformed,
    /// No such key, or another organization's.
    NotFound,
    /// It was revoked.
    Revoked,
    /// It, or its owner, is disabled.
    Disabled,
    /// It has expired.
    Expired,
    /// It may not be used from this address.
    IpNotAllowed,
    /// It lacks something that was demanded.
    InsufficientPermissions,
    /// It has fewer credits left than the use costs.
    CreditsExhausted,
    /// It, or its owner's keys together, were used too often.
    RateLimited,
    /// It may.
    Valid,
}

impl<'a> LimitState<'a> {
    fn of(state: &'a keywright_engine::LimitState) -> Self {
        let keywright_engine::LimitState { name, limit, remaining, reset_at, .. } = state;
        Self { name, limit: *limit, remaining: *remaining, reset_at: (*reset_at).into() }
    }
}

/// A verdict.
pub(crate) struct Rendered(pub(super) Verdict);

impl WriteJson for Rendered {
    fn write_json(&self, text: &mut Vec<u8>) -> serde_json::Result<()> {
        let Self(verdict) = self;
        let mut object = JsonObject::begin(text);
        object.written(if verdict.valid { r#""valid":true"# } else { r#""valid":false"# });
        object.word("code", verdict.code);
        if let Some(key) = &verdict.key {
            write_facts(&mut object, key)?;
        }
        if !verdict.missing.is_empty() {
            object.member("missing", &verdict.missing)?;
        }
        if !verdict.rate_limits.is_empty() {
            let states: Vec<_> = verdict.rate_limits.iter().map(LimitState::of).collect();
            object.member("rateLimits", &states)?;
        }
        if let Some(keywright_engine::CreditState { remaining }) = verdict.credits {
            object.member("credits", &CreditState { remaining })?;
        }
        if let Some(retry_after) = verdict.retry_after {
            object.member("retryAfterSeconds", &keywright_engine::told::retry_after_seconds(retry_after))?;
        }
        object.end();
        Ok(())
    }
}

fn write_facts(object: &mut JsonObject<'_>, key: &VerifiedKey) -> serde_json::Result<()> {
    object.word("keyId", key.id.write_to(&mut [0; 36]));
    object.member("name", key.name())?;
    if let Some(external_id) = key.external_id() {
        object.member("externalId", external_id)?;
    }
    object.written(&key.text_in_common(facts_in_common)?);
    if let Some(expires_at) = key.expires_at() {
        object.member("expiresAt", &expires_at)?;
    }
    if let Some(metadata) = key.metadata() {
        // It was read as JSON before it was stored; text that no longer is would be left out rather than break the answer.
        if let Ok(metadata) = serde_json::from_str::<&RawValue>(metadata) {
            object.member("metadata", metadata)?;
        }
    }
    Ok(())
}

/// Whose the key is and what it may do: the same for many keys, and so written once.
fn facts_in_common(key: &VerifiedKey) -> serde_json::Result<String> {
    let mut text = Vec::new();
    let mut members = JsonObject::members(&mut text);
    members.member("organizationId", &key.organization())?;
    match owner_ids(key.owner()) {
        (Some(user), _) => members.member("userId", &user)?,
        (None, service_account) => members.member("serviceAccountId", &service_account)?,
    }
    members.member("scope", &Scope::of(key.verbs()))?;
    if let Some(permissions) = key.permissions() {
        members.member("permissions", &*permissions)?;
    }
    Ok(String::from_utf8(text).expect("JSON is text"))
}
