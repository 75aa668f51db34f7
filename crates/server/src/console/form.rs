//! Forms, and what is wrong with them.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use keywright_engine::FieldProblem;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::http::{Failure, check_same_origin, read_body};

/// No form of ours is longer.
const MAX_BYTES: usize = 16 * 1024;

/// What is wrong, field by field.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<FieldProblem>);

/// The token in the address of a page.
#[derive(Default, Deserialize)]
struct TokenQuery {
    #[serde(default)]
    token: String,
}

impl Problems {
    /// What a failed form is to say.
    pub(super) fn of(failure: &Failure) -> Self {
        Self(failure.problems().to_vec())
    }

    /// What is wrong with a field; empty: nothing.
    pub(super) fn at(&self, field: &str) -> &str {
        self.0.iter().find(|problem| problem.field == field).map_or("", |problem| &problem.message)
    }
}

/// Reads a form that one of our own pages sent.
pub(super) async fn read<T: DeserializeOwned>(app: &App, request: Request) -> Result<(Parts, T), Failure> {
    let (parts, body) = request.into_parts();
    check_same_origin(&parts.method, &parts.uri, &parts.headers, &app.settings)?;
    let is_form = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|kind| {
        let essence = kind.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    });
    if !is_form {
        return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "this takes a form of the console"));
    }
    let bytes = read_body(body, MAX_BYTES).await?;
    let form = serde_urlencoded::from_bytes(&bytes);
    form.map(|form| (parts, form)).map_err(|_| Failure::malformed("the form cannot be read"))
}

/// The token in the address of a page; empty where there is none.
pub(super) fn token_of(parts: &Parts) -> String {
    let query = parts.uri.query().unwrap_or_default();
    serde_urlencoded::from_str::<TokenQuery>(query).unwrap_or_default().token
}
