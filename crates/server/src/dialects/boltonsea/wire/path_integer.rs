//! The integer in a path.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use super::Integer;
use crate::app::App;
use crate::http::Failure;

/// The one id in a path: an integer of 64 bits.
#[derive(Debug)]
pub(in super::super) struct PathInteger(pub(in super::super) i64);

impl FromRequestParts<Arc<App>> for PathInteger {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let not_text = |_| Failure::malformed("the path holds bytes that are no UTF-8");
        let values = RawPathParams::from_request_parts(parts, app).await.map_err(not_text)?;
        // A route that asks for an id has one in its pattern.
        let (name, text) = values.iter().next().ok_or_else(Failure::internal)?;
        let integer =
            Integer::parse(text).ok_or_else(|| Failure::invalid(name, "must be an integer of 64 bits"));
        integer.map(|Integer(number)| Self(number))
    }
}
