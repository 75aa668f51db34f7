//! May this key do this?

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::IntoResponse as _;
use bytes::Bytes;
use keywright_domain::PresentedKey;
use keywright_engine::{Error, Verdict, VerifyRequest};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::TAG;
use super::demanded::{Demanded, DemandedSchema};
use super::verdict::{Rendered, VerdictSchema};
use crate::app::{App, SharedApp};
use crate::http::{Caller, ChangeFailures, Envelope, Failure, Object, Work, Written, parse, taken};

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
    /// Where that request came from, for keys with an `ipAllowlist`, the key's last use and the request log.
    #[serde(default, deserialize_with = "address")]
    #[schema(value_type = Option<String>, example = "203.0.113.7")]
    ip: Option<IpAddr>,
    /// Its User-Agent, for the key's last use and the request log.
    #[serde(borrow, default)]
    #[schema(value_type = Option<String>)]
    user_agent: Option<Text<'a>>,
    /// Its path, for the request log. What follows a `?` is not kept.
    #[serde(borrow, default)]
    #[schema(value_type = Option<String>)]
    path: Option<Text<'a>>,
    /// What the use costs, where the key has credits or rate limits.
    #[serde(borrow, default)]
    #[schema(value_type = Option<Cost<'a>>)]
    cost: Option<Object<Cost<'a>>>,
    /// Marks for your own statistics. Accepted; this version makes no use of them.
    #[expect(dead_code, reason = "part of the contract")]
    tags: Option<Vec<String>>,
}

/// What a use costs. What is not named costs one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cost<'a> {
    /// Credits.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    credits: Option<u64>,
    /// Units on named rate limits. A name that neither the key nor its owner has means nothing; `owner:` before a name
    /// means the owner's limit alone.
    #[serde(borrow, default)]
    #[schema(value_type = Option<std::collections::HashMap<String, u32>>)]
    limits: Option<BTreeMap<Text<'a>, u32>>,
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
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Where keys are verified.
pub(crate) const VERIFY: &str = "/v1/api-keys/verify";

/// Verify an API key
///
/// Whether the key holds, and whether it may do what is demanded. A refused key is a good answer: 200 with `valid: false`
/// and the reason as `code`. Keys of other organizations are `NOT_FOUND`. What cannot be answered is 503, never a refusal.
/// Answered from memory. The use is counted on the rate limits of the key and of its owner: on all of them, or, when one is
/// full, on none. It uses up credits of a key that has any; for those to be reserved it may wait a quarter of a second. A use
/// that is refused uses up nothing. Needs `apiKey.verify`.
#[utoipa::path(
    post,
    path = VERIFY,
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
pub(crate) async fn verify(app: SharedApp, request: Request) -> Result<Written<Rendered>, Failure> {
    let (parts, body) = request.into_parts();
    let (actor, bytes) = Caller::with_json(&parts, body, &app).await?;
    let question: VerifyKey<'_> = parse(&bytes)?;
    let demand = question.demand();
    question.told(app.engine.verify(&actor, &demand.request()).await)
}

/// The same with a body that is there: mostly it is done when this returns.
pub(crate) fn verify_at_once(app: &Arc<App>, parts: &mut Parts, body: Bytes) -> Work {
    match from_memory(app, parts, &body) {
        Ok(Some(verdict)) => Work::Done(verdict.into_response()),
        Err(failure) => Work::Done(failure.into_response()),
        Ok(None) => {
            let (app, request) = (State(Arc::clone(app)), Request::from_parts(taken(parts), body.into()));
            Work::Waits(Box::pin(async { verify(app, request).await.into_response() }))
        }
    }
}

/// `None`: it takes more than memory to answer; nothing is counted.
fn from_memory(app: &App, parts: &Parts, body: &Bytes) -> Result<Option<Written<Rendered>>, Failure> {
    let Some(actor) = Caller::with_whole_json(parts, body, app)? else { return Ok(None) };
    let question: VerifyKey<'_> = parse(body)?;
    let verdict = app.engine.verify_at_once(&actor, &question.demand().request()).transpose();
    verdict.map(|verdict| question.told(verdict)).transpose()
}

/// What is asked of the engine, with the lists that it borrows.
pub(super) struct AskedOf<'a> {
    question: &'a VerifyKey<'a>,
    all: Vec<&'a str>,
    any: Vec<&'a str>,
    limits: Vec<(&'a str, u32)>,
}

impl<'a> VerifyKey<'a> {
    pub(super) fn demand(&'a self) -> AskedOf<'a> {
        let limits = self.cost.as_ref().and_then(|Object(cost)| cost.limits.as_ref());
        AskedOf {
            question: self,
            all: self.permissions.all.iter().map(AsRef::as_ref).collect(),
            any: self.permissions.any.iter().map(AsRef::as_ref).collect(),
            limits: limits.into_iter().flatten().map(|(name, cost)| (name.as_str(), *cost)).collect(),
        }
    }

    fn told(&self, verdict: Result<Verdict, Error>) -> Result<Written<Rendered>, Failure> {
        verdict
            .map(|verdict| Written(Rendered(verdict)))
            .map_err(|error| self.in_callers_words(error, "").into())
    }

    /// An error of the engine, with the fields named as the caller spelt them. `place` stands before them: empty, or
    /// `items[3].`.
    pub(super) fn in_callers_words(&self, error: Error, place: &str) -> Error {
        match error {
            Error::Invalid(mut problems) => {
                for problem in &mut problems {
                    problem.field = format!("{place}{}", self.permissions.in_callers_words(&problem.field));
                }
                Error::Invalid(problems)
            }
            other => other,
        }
    }
}

impl AskedOf<'_> {
    pub(super) fn request(&self) -> VerifyRequest<'_> {
        let question = self.question;
        let credits = question.cost.as_ref().and_then(|Object(cost)| cost.credits).unwrap_or(1);
        VerifyRequest {
            all: &self.all,
            any: &self.any,
            method: question.method.as_ref().map(Text::as_str),
            address: question.ip,
            agent: question.user_agent.as_ref().map(Text::as_str),
            path: question.path.as_ref().map(Text::as_str),
            cost: keywright_engine::Cost { credits, limits: &self.limits },
            ..VerifyRequest::of(PresentedKey::new(&question.key))
        }
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
