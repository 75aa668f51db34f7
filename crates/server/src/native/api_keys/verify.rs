//! May this key do this?

use std::borrow::Cow;
use std::net::IpAddr;

use axum::extract::Request;
use keywright_domain::PresentedKey;
use keywright_engine::{Actor, Engine, Error, Verdict, VerifyRequest};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::TAG;
use super::demanded::{Demanded, DemandedSchema};
use super::verdict::{Rendered, VerdictSchema};
use crate::app::SharedApp;
use crate::http::{Answer, Caller, ChangeFailures, Envelope, Object, Success, parse};

/// A key, and what it is to be used for.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct VerifyKey<'a> {
    /// The key, as it was presented to you.
    #[serde(borrow)]
    #[schema(value_type = String, example = "kw_3fJaB0c9dE8fG7hI6jK5lM4nO3pQ2rS1tU0vWx")]
    key: Cow<'a, str>,
    /// What the use needs.
    #[serde(borrow, default)]
    #[schema(value_type = Option<DemandedSchema>)]
    permissions: Demanded<'a>,
    /// The HTTP method of the request in question: the key needs some permission with its verb.
    #[serde(borrow, default)]
    #[schema(value_type = Option<Method>)]
    method: Option<Text<'a>>,
    /// Where that request came from, for keys with an `ipAllowlist` and for the key's last use.
    #[serde(default, deserialize_with = "address")]
    #[schema(value_type = Option<String>, example = "203.0.113.7")]
    ip: Option<IpAddr>,
    /// Its User-Agent, for the key's last use.
    #[serde(borrow, default)]
    #[schema(value_type = Option<String>)]
    user_agent: Option<Text<'a>>,
    /// Its path. Accepted; this version makes no use of it.
    #[serde(borrow, default)]
    #[schema(value_type = Option<String>)]
    #[expect(dead_code, reason = "part of the contract, for the request log that is to come")]
    path: Option<Text<'a>>,
    /// What the use costs. Accepted; this version counts nothing down.
    #[expect(dead_code, reason = "part of the contract, for the limits that are to come")]
    #[schema(value_type = Option<Cost>)]
    cost: Option<Object<Cost>>,
    /// Marks for your own statistics. Accepted; this version makes no use of them.
    #[expect(dead_code, reason = "part of the contract, for the usage counts that are to come")]
    tags: Option<Vec<String>>,
}

/// What a use costs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read for its shape alone")]
pub(crate) struct Cost {
    /// Credits.
    #[schema(minimum = 0)]
    credits: Option<u64>,
    /// Uses of named rate limits.
    #[schema(value_type = Option<std::collections::HashMap<String, u32>>)]
    limits: Option<std::collections::BTreeMap<String, u32>>,
}

/// The HTTP methods that have a verb.
#[derive(ToSchema)]
#[schema(rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "describes what the engine takes")]
pub(crate) enum Method {
    /// READ.
    Get,
    /// READ.
    Head,
    /// READ.
    Options,
    /// CREATE.
    Post,
    /// UPDATE.
    Put,
    /// UPDATE.
    Patch,
    /// DELETE.
    Delete,
}

/// A text that is borrowed from the body unless it holds an escape.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Verify an API key
///
/// Whether the key holds, and whether it may do what is demanded. A refused key is a good answer: 200 with `valid: false`
/// and the reason as `code`. Keys of other organizations are `NOT_FOUND`. What cannot be answered is 503, never a refusal.
/// Answered from memory. Rate limits and credits are not counted by this version. Needs `apiKey.verify`.
#[utoipa::path(
    post,
    path = "/v1/api-keys/verify",
    operation_id = "verifyApiKey",
    tag = TAG,
    request_body(
        content = VerifyKey<'_>,
        example = json!({"key": "kw_3fJaB0c9dE8fG7hI6jK5lM4nO3pQ2rS1tU0vWx", "permissions": ["asset.read"], "ip": "203.0.113.7"}),
    ),
    responses(
        (
            status = 200,
            description = "The verdict.",
            body = Envelope<VerdictSchema>,
            example = json!({
                "code": 200, "message": "success", "requestId": "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10",
                "data": {
                    "valid": false, "code": "INSUFFICIENT_PERMISSIONS",
                    "keyId": "0193f2a1-8d10-7c3a-b1a4-6f0e2d9c5b71", "name": "billing export",
                    "organizationId": "0193f2a1-0000-7000-8000-000000000001",
                    "userId": "0193f2a1-0000-7000-8000-000000000002", "scope": "read",
                    "permissions": ["invoice.read"], "missing": ["asset.read"],
                },
            }),
        ),
        ChangeFailures,
    ),
)]
pub(super) async fn verify(app: SharedApp, request: Request) -> Answer<Rendered> {
    let (parts, body) = request.into_parts();
    let (actor, bytes) = Caller::with_json(&parts, body, &app).await?;
    let question: VerifyKey<'_> = parse(&bytes)?;
    Ok(Success(Rendered(question.ask(&app.engine, &actor, "")?)))
}

impl VerifyKey<'_> {
    /// Asks the engine. `place` stands before the names of fields that are wrong: empty, or `items[3].`.
    pub(super) fn ask(&self, engine: &Engine, actor: &Actor, place: &str) -> Result<Verdict, Error> {
        let (all, any) = (self.permissions.all.iter(), self.permissions.any.iter());
        let (all, any): (Vec<&str>, Vec<&str>) =
            (all.map(AsRef::as_ref).collect(), any.map(AsRef::as_ref).collect());
        let question = VerifyRequest {
            key: PresentedKey::new(&self.key),
            all: &all,
            any: &any,
            method: self.method.as_ref().map(Text::as_str),
            address: self.ip,
            agent: self.user_agent.as_ref().map(Text::as_str),
        };
        engine.verify(actor, &question).map_err(|error| match error {
            Error::Invalid(mut problems) => {
                for problem in &mut problems {
                    problem.field = format!("{place}{}", self.permissions.in_callers_words(&problem.field));
                }
                Error::Invalid(problems)
            }
            other => other,
        })
    }
}

impl Text<'_> {
    fn as_str(&self) -> &str {
        &self.0
    }
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<IpAddr>, D::Error> {
    let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
    let parse = |text: Cow<'_, str>| {
        text.parse().map_err(|_| serde::de::Error::custom("must be an IPv4 or IPv6 address"))
    };
    text.map(parse).transpose()
}
