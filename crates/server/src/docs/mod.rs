//! `/docs`: the API's descriptions, to be read and tried, and the guide. Anybody may read both; the pages of the console
//! and these link to each other, and none asks another host for anything.

mod guide;
mod reference;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::app::App;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new().route("/docs", get(reference::show)).merge(guide::router())
}
