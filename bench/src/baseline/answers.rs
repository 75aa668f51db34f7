//! The handlers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use keywright_domain::PresentedKey;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::LookUp;
use crate::data_set::pepper;

/// What is stored of every key.
pub(super) const FACTS: &str = r#"{"valid":true,"code":"VALID","keyId":"01900000-0000-7000-8000-000000000000","name":"customer 123456","organizationId":"01900000-0000-7000-8000-000000000001","userId":"01900000-0000-7000-8000-000000000002","scope":"read-write","permissions":["asset.read","asset.create"]}"#;

/// The question, as `POST /v1/api-keys/verify` takes it.
#[derive(Deserialize)]
pub(super) struct Question {
    key: String,
    permissions: Vec<String>,
}

/// The answer's size is that of a verification.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a, T> {
    code: u16,
    message: &'a str,
    request_id: &'a str,
    data: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Facts<'a> {
    valid: bool,
    code: &'a str,
    key_id: &'a str,
    name: &'a str,
    organization_id: &'a str,
    user_id: &'a str,
    scope: &'a str,
    permissions: Vec<String>,
}

const ID: &str = "01900000-0000-7000-8000-000000000000";

fn wrapped<T: Serialize>(data: T) -> Response {
    Json(Answer { code: 200, message: "success", request_id: ID, data }).into_response()
}

/// Reads the question and answers the same to everybody.
pub(super) async fn of_json(Json(question): Json<Question>) -> Response {
    wrapped(Facts {
        valid: !question.key.is_empty(),
        code: "VALID",
        key_id: ID,
        name: "customer 123456",
        organization_id: ID,
        user_id: ID,
        scope: "read-write",
        permissions: question.permissions,
    })
}

/// Reads the question, looks the key up, and answers with what is stored.
pub(super) async fn of_database<L: LookUp>(
    State(database): State<Arc<L>>,
    Json(question): Json<Question>,
) -> Response {
    let digest = pepper().digest(PresentedKey::new(&question.key));
    match database.find(&digest).await {
        Ok(Some(facts)) => match serde_json::from_str::<&RawValue>(&facts) {
            Ok(facts) => wrapped(facts),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_baselines_answer_with_as_much_as_each_other() {
        let question = || Question {
            key: "kw_x".to_owned(),
            permissions: vec!["asset.read".to_owned(), "asset.create".to_owned()],
        };
        let size =
            async |answer: Response| axum::body::to_bytes(answer.into_body(), 4096).await.unwrap().len();
        let bare = size(of_json(Json(question())).await).await;
        let stored = size(wrapped(serde_json::from_str::<&RawValue>(FACTS).unwrap())).await;
        assert_eq!(bare, stored);
    }
}
