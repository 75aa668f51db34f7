//! The APIs of other key servers, over the one service: their clients work here unchanged.
//!
//! A dialect parses, calls the engine, and renders. It decides nothing, and what one dialect made is visible through the
//! others with the same meaning.

mod boltonsea;
mod immich;
mod whole_list;

use std::sync::Arc;

use axum::Router;

use crate::app::App;
use crate::http::Teller;
use crate::operations::Written;

/// The description of Immich's API.
pub(crate) const IMMICH: Written =
    Written { file: "immich.json", title: "Immich", text: include_str!("immich/openapi.json") };

/// The description of `BoltonSea`'s API.
pub(crate) const BOLTONSEA: Written =
    Written { file: "boltonsea.json", title: "BoltonSea", text: include_str!("boltonsea/openapi.json") };

/// The patterns of all routes of the dialects, for the metrics.
pub(crate) fn routes<'a>() -> impl Iterator<Item = &'a str> {
    boltonsea::ROUTES.into_iter().chain(immich::ROUTES)
}

/// All routes.
pub(crate) fn router() -> Router<Arc<App>> {
    boltonsea::router().merge(immich::router())
}

/// Who tells the failures of requests to a path; `None` for the native API and the pages.
pub(crate) fn teller(path: &str) -> Option<Teller> {
    if boltonsea::speaks_at(path) {
        Some(boltonsea::tell)
    } else {
        immich::speaks_at(path).then_some(immich::tell as Teller)
    }
}
