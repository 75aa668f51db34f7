//! `/console/usage`, and how keys are used elsewhere in the console.

mod asked;
mod counted;
mod export;
mod last_day;
mod outcomes;
mod overview;
mod range;
mod tops;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::app::App;

pub(super) use counted::Counted;
pub(super) use last_day::last_day;
pub(super) use outcomes::outcome;
pub(super) use range::Range;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/console/usage", get(overview::show))
        .route("/console/usage/counts", get(overview::show_counts))
        .route("/console/usage/top", get(overview::show_tops))
        .route("/console/usage/export", get(export::send))
}
