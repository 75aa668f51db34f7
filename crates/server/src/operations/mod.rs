//! What operators and tools ask: is it up, is it ready, what does it count, what is its API.

mod document;
mod examples;
mod fold;
mod health;
mod metrics;
mod nulls;
mod openapi;
mod optional;
mod readiness;
mod samples;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(crate) use document::{Document, WRITTEN, Written};

/// The group's name in the API's description.
const TAG: &str = "Operations";

/// All routes, with their descriptions.
pub(crate) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(health::health))
        .routes(routes!(readiness::readiness))
        .routes(routes!(metrics::metrics))
        .routes(routes!(openapi::openapi))
        .routes(routes!(openapi::written))
}
