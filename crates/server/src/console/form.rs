//! Forms, and what is wrong with them.

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use bytes::Bytes;
use keywright_engine::FieldProblem;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::fields::Fields;
use crate::app::App;
use crate::http::{Failure, check_not_from_elsewhere, check_same_origin, read_body};

/// No form of ours is longer: 256 permissions of 255 characters would be.
const MAX_BYTES: usize = 64 * 1024;

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

    /// Problems that were found here.
    pub(super) const fn new(problems: Vec<FieldProblem>) -> Self {
        Self(problems)
    }

    /// Whether nothing is wrong.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with a field or a part of it; empty: nothing.
    pub(super) fn about(&self, field: &str) -> &str {
        let is_about = |problem: &&FieldProblem| {
            problem
                .field
                .strip_prefix(field)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
        };
        self.0.iter().find(is_about).map_or("", |problem| &problem.message)
    }

    /// What is wrong with a field; empty: nothing.
    pub(super) fn at(&self, field: &str) -> &str {
        self.0.iter().find(|problem| problem.field == field).map_or("", |problem| &problem.message)
    }
}

/// Reads a form that one of our own pages sent.
pub(super) async fn read<T: DeserializeOwned>(app: &App, request: Request) -> Result<(Parts, T), Failure> {
    let (method, uri, headers) = (request.method(), request.uri(), request.headers());
    check_same_origin(method, uri, headers, &app.settings)?;
    read_from_anywhere(request).await
}

/// Reads a form of which some fields come more than once.
pub(super) async fn read_fields(app: &App, request: Request) -> Result<(Parts, Fields), Failure> {
    let (parts, pairs) = read(app, request).await?;
    Ok((parts, Fields::new(pairs)))
}

/// Reads a form of a page whose address holds a token: that page tells nobody where it is, and its form holds the token.
pub(super) async fn read_with_token<T: DeserializeOwned>(
    app: &App,
    request: Request,
) -> Result<(Parts, T), Failure> {
    let (method, uri, headers) = (request.method(), request.uri(), request.headers());
    check_not_from_elsewhere(method, uri, headers, &app.settings)?;
    read_from_anywhere(request).await
}

/// Reads a form that any page may send.
pub(super) async fn read_from_anywhere<T: DeserializeOwned>(request: Request) -> Result<(Parts, T), Failure> {
    let (parts, body) = request.into_parts();
    let bytes = read_bytes(&parts, body).await?;
    let form = serde_urlencoded::from_bytes(&bytes);
    form.map(|form| (parts, form)).map_err(|_| Failure::malformed("the form cannot be read"))
}

async fn read_bytes(parts: &Parts, body: Body) -> Result<Bytes, Failure> {
    let is_form = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|kind| {
        let essence = kind.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    });
    if !is_form {
        return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "this takes a form of the console"));
    }
    read_body(body, MAX_BYTES).await
}

/// The token in the address of a page; empty where there is none.
pub(super) fn token_of(parts: &Parts) -> String {
    let query = parts.uri.query().unwrap_or_default();
    serde_urlencoded::from_str::<TokenQuery>(query).unwrap_or_default().token
}
