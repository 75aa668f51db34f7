//! `/console/audit`: who did what to what, from where, when.

mod export;
mod filter;
mod list;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::app::App;

pub(super) use words::{in_words, spaced};

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/console/audit", get(list::show)).route("/console/audit/export", get(export::send))
}
