//! Take over keys that were made elsewhere.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::TAG;
use super::import_item::{ImportKey, read};
use super::object::ApiKey;
use crate::app::SharedApp;
use crate::http::{Answer, ChangeFailures, Envelope, Failure, IdempotencyParameter, Mutation, Success};

/// Keys in one call at most.
const MAX_ITEMS: usize = 1000;

/// Keys to be taken over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportKeys {
    #[schema(value_type = Vec<ImportKey>, min_items = 1, max_items = 1000)]
    items: Vec<Map<String, Value>>,
}

/// What became of each item.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Imported {
    /// In the order of the request.
    items: Vec<ImportedItem>,
}

/// What became of one item: `apiKey`, or `error`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportedItem {
    /// Its place in the request, from 0.
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<ApiKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ItemError>,
}

/// Why one item was not imported.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemError {
    /// The status that it would have been answered by itself.
    #[schema(minimum = 400, maximum = 599, example = 409)]
    code: u16,
    #[schema(example = "this key is known already")]
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    details: Vec<ItemDetail>,
}

/// A field that cannot be accepted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemDetail {
    #[schema(example = "expiresAt")]
    field: String,
    #[schema(example = "must be in the future")]
    message: String,
}

/// Import API keys
///
/// Keys that are in use elsewhere go on working here: by the SHA-256 of each, or by its text, of which nothing but a digest
/// is kept. Each item succeeds or fails by itself; one that is malformed refuses the whole call and is named. Needs
/// `apiKey.create`, and what is granted stays within what the caller has.
#[utoipa::path(
    post,
    path = "/v1/api-keys/import",
    operation_id = "importApiKeys",
    tag = TAG,
    params(IdempotencyParameter),
    request_body(
        content = ImportKeys,
        example = json!({"items": [{
            "name": "from the old system",
            "permissions": ["asset.read"],
            "digest": {"algorithm": "sha256", "encoding": "hex", "value": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
        }]}),
    ),
    responses(
        (
            status = 200,
            description = "What became of each.",
            body = Envelope<Imported>,
            example = json!({
                "code": 200, "message": "success", "requestId": "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10",
                "data": {"items": [{
                    "index": 0,
                    "error": {"code": 409, "message": "a key with this secret is known already"},
                }]},
            }),
        ),
        ChangeFailures,
    ),
)]
pub(super) async fn import(app: SharedApp, change: Mutation<ImportKeys>) -> Answer<Imported> {
    let items = change.body.items;
    if !(1..=MAX_ITEMS).contains(&items.len()) {
        return Err(Failure::invalid("items", format!("must have 1 to {MAX_ITEMS} items")));
    }
    let place = |(index, item)| read(&format!("items[{index}]"), item);
    let items = items.into_iter().enumerate().map(place).collect::<Result<Vec<_>, _>>()?;
    let outcomes = app.engine.import_keys(&change.actor, items).await?;
    let render = |(index, outcome)| match outcome {
        Ok(key) => ImportedItem { index, api_key: Some(ApiKey::of(key, &app.engine)), error: None },
        Err(error) => ImportedItem { index, api_key: None, error: Some(Failure::from(error).into()) },
    };
    Ok(Success(Imported { items: outcomes.into_iter().enumerate().map(render).collect() }))
}

impl From<Failure> for ItemError {
    fn from(failure: Failure) -> Self {
        let (status, message, problems) = failure.into_parts();
        let details =
            problems.into_iter().map(|problem| ItemDetail { field: problem.field, message: problem.message });
        Self { code: status.as_u16(), message, details: details.collect() }
    }
}
