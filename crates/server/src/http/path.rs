//! What stands in a path.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use keywright_domain::IdError;

use super::caller::Caller;
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

impl<I: FromStr<Err = IdError> + Send> FromRequestParts<Arc<App>> for PathId<I> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let read = values(parts, app).await.and_then(|values| id(values.first()));
        tell_callers_alone(parts, app, read).await.map(Self)
    }
}

impl<O: FromStr<Err = IdError> + Send, I: FromStr<Err = IdError> + Send> FromRequestParts<Arc<App>>
    for TwoIds<O, I>
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let values = values(parts, app).await;
        let read = values.and_then(|values| Ok((id(values.first())?, id(values.get(1))?)));
        tell_callers_alone(parts, app, read).await.map(|(one, other)| Self(one, other))
    }
}

impl FromRequestParts<Arc<App>> for Name {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let first = values(parts, app).await.and_then(|values| {
            values.into_iter().next().map(|(_, value)| value).ok_or_else(Failure::internal)
        });
        tell_callers_alone(parts, app, first).await.map(Self)
    }
}

/// What was read of a path. What is wrong with it is told to who is let in; to others, that they are not: a path is read
/// before a body, and a handler that takes a body has its caller from there.
async fn tell_callers_alone<T>(
    parts: &mut Parts,
    app: &Arc<App>,
    read: Result<T, Failure>,
) -> Result<T, Failure> {
    match read {
        Ok(read) => Ok(read),
        Err(failure) => {
            Caller::from_request_parts(parts, app).await?;
            Err(failure)
        }
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
