//! What stands in a path.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use keywright_domain::IdError;

use super::failure::Failure;
use crate::app::App;

/// The one id in a path.
#[derive(Debug)]
pub(crate) struct PathId<I>(pub(crate) I);

/// An id, and one of something within it.
#[derive(Debug)]
pub(crate) struct TwoIds<O, I>(pub(crate) O, pub(crate) I);

/// The name in a path.
#[derive(Debug)]
pub(crate) struct Name(pub(crate) String);

impl<I: FromStr<Err = IdError>> FromRequestParts<Arc<App>> for PathId<I> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let values = values(parts, app).await?;
        Ok(Self(id(values.first())?))
    }
}

impl<O: FromStr<Err = IdError>, I: FromStr<Err = IdError>> FromRequestParts<Arc<App>> for TwoIds<O, I> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let values = values(parts, app).await?;
        Ok(Self(id(values.first())?, id(values.get(1))?))
    }
}

impl FromRequestParts<Arc<App>> for Name {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let first = values(parts, app).await?.into_iter().next();
        first.map(|(_, value)| Self(value)).ok_or_else(Failure::internal)
    }
}

/// The names and values in the path, decoded.
async fn values(parts: &mut Parts, app: &Arc<App>) -> Result<Vec<(String, String)>, Failure> {
    let not_text = |_| Failure::malformed("the path holds bytes that are no UTF-8");
    let values = RawPathParams::from_request_parts(parts, app).await.map_err(not_text)?;
    Ok(values.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

fn id<I: FromStr<Err = IdError>>(value: Option<&(String, String)>) -> Result<I, Failure> {
    // A route that asks for an id has one in its pattern.
    let (name, text) = value.ok_or_else(Failure::internal)?;
    text.parse().map_err(|error: IdError| Failure::invalid(name, error.to_string()))
}
