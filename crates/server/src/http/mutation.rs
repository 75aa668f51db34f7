//! A request that changes something.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderName;
use axum::http::request::Parts;
use keywright_engine::Actor;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::body::parse;
use super::failure::Failure;
use super::{Caller, NoQuery};
use crate::app::App;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Who wants a change, and what is asked for.
///
/// The caller comes first: nobody's body is read. `Idempotency-Key` is handed to the engine, which knows what it means.
pub(crate) struct Mutation<T> {
    /// The caller, with the request's `Idempotency-Key`.
    pub(crate) actor: Actor,
    /// What the body says.
    pub(crate) body: T,
}

/// The header that all changes take, for the documentation.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes the parameter")]
pub(crate) struct IdempotencyParameter {
    /// Names this change, so that it is not carried out twice when it is repeated because its answer was lost: within 24
    /// hours the same caller, key, path and body get the first answer again (a new key's secret only within 60 seconds,
    /// and from the node that made it); another body gets 409.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]+$",
        example = "order-8812-key"
    )]
    idempotency_key: Option<String>,
}

/// Who wants a change that needs no body; one that comes is not read.
pub(crate) struct BareMutation(pub(crate) Actor);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Mutation<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let (actor, bytes) = Caller::with_json(&parts, body, app).await?;
        let body = parse(&bytes)?;
        Ok(Self { actor: with_idempotency(app, actor, &parts, &bytes)?, body })
    }
}

impl FromRequestParts<Arc<App>> for BareMutation {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let Caller(actor) = Caller::from_request_parts(parts, app).await?;
        NoQuery::check(&parts.uri)?;
        with_idempotency(app, actor, parts, b"").map(Self)
    }
}

fn with_idempotency(app: &App, actor: Actor, parts: &Parts, body: &[u8]) -> Result<Actor, Failure> {
    let mut values = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(actor) };
    if values.next().is_some() {
        return Err(Failure::invalid("Idempotency-Key", "is given more than once"));
    }
    // Bytes that are no text are no visible ASCII either: the engine says so.
    let key = value.to_str().unwrap_or_default();
    Ok(app.engine.with_idempotency(actor, parts.method.as_str(), parts.uri.path(), key, body)?)
}
