//! `/v1/organizations`.

mod create;
mod get;
mod list;
mod object;
mod portal;
mod update;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(super) use object::Organization;

/// The group's name in the API's description.
const TAG: &str = "Organizations";

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(create::create, list::list))
        .routes(routes!(get::get, update::update))
}
