//! May these keys do these things?

use axum::extract::Request;
use serde::Deserialize;
use utoipa::ToSchema;

use super::TAG;
use super::verdict::{Rendered, VerdictSchema};
use super::verify::VerifyKey;
use crate::app::SharedApp;
use crate::http::{Caller, ChangeFailures, Envelope, Failure, JsonObject, Object, WriteJson, Written, parse};

/// Verifications in one call at most: the answer to all of them comes at once, and others wait meanwhile.
const MAX_ITEMS: usize = 1000;

/// Keys, and what each is to be used for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyBatch<'a> {
    #[serde(borrow)]
    #[schema(value_type = Vec<VerifyKey<'a>>, min_items = 1, max_items = 1000)]
    items: Vec<Object<VerifyKey<'a>>>,
}

/// The verdicts, in the order of the questions.
#[derive(ToSchema)]
#[schema(as = Verdicts)]
#[expect(dead_code, reason = "describes `Verdicts`")]
pub(crate) struct VerdictsSchema {
    items: Vec<VerdictSchema>,
}

/// The verdicts, in the order of the questions.
pub(crate) struct Verdicts {
    items: Vec<Rendered>,
}

impl WriteJson for Verdicts {
    fn write_json(&self, text: &mut Vec<u8>) -> serde_json::Result<()> {
        let mut object = JsonObject::begin(text);
        self.items.write_json(object.value_of("items"))?;
        object.end();
        Ok(())
    }
}

/// Verify many API keys
///
/// The same as that many calls of verify. Each key has its own verdict; a question that is malformed is refused together
/// with all others, and named. Needs `apiKey.verify`.
#[utoipa::path(
    post,
    path = "/v1/api-keys/verify-batch",
    operation_id = "verifyApiKeys",
    tag = TAG,
    request_body(
        content = VerifyBatch<'_>,
        example = json!({"items": [
            {"key": "kw_3fJaB0c9dE8fG7hI6jK5lM4nO3pQ2rS1tU0vWx", "permissions": ["asset.read"]},
            {"key": "kw_9aBcD8eFgH7iJkL6mNoP5qRsT4uVwX3yZa2BcDe", "method": "POST"},
        ]}),
    ),
    responses(
        (
            status = 200,
            description = "The verdicts.",
            body = Envelope<VerdictsSchema>,
            example = json!({
                "code": 200, "message": "success", "requestId": "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10",
                "data": {"items": [
                    {"valid": true, "code": "VALID", "keyId": "0193f2a1-8d10-7c3a-b1a4-6f0e2d9c5b71", "name": "billing export"},
                    {"valid": false, "code": "MALFORMED"},
                ]},
            }),
        ),
        ChangeFailures,
    ),
)]
pub(super) async fn verify_batch(app: SharedApp, request: Request) -> Result<Written<Verdicts>, Failure> {
    let (parts, body) = request.into_parts();
    let (actor, bytes) = Caller::with_json(&parts, body, &app).await?;
    let VerifyBatch { items } = parse(&bytes)?;
    if !(1..=MAX_ITEMS).contains(&items.len()) {
        return Err(Failure::invalid("items", format!("must have 1 to {MAX_ITEMS} items")));
    }
    let asked: Vec<_> = items.iter().map(|Object(item)| item.demand()).collect();
    let in_callers_words =
        |index: usize, error| items[index].0.in_callers_words(error, &format!("items[{index}]."));
    // All questions are looked at before any is answered: an answer is counted on limits.
    for (index, asked) in asked.iter().enumerate() {
        let answerable = app.engine.require_answerable(&actor, &asked.request());
        answerable.map_err(|error| in_callers_words(index, error))?;
    }
    let mut verdicts = Vec::with_capacity(items.len());
    for (index, asked) in asked.iter().enumerate() {
        let verdict = app.engine.verify(&actor, &asked.request()).await;
        verdicts.push(Rendered(verdict.map_err(|error| in_callers_words(index, error))?));
    }
    Ok(Written(Verdicts { items: verdicts }))
}
