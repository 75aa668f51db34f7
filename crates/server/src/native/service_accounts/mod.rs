//! `/v1/service-accounts`.

mod create;
mod delete;
mod disable;
mod enable;
mod get;
mod list;
mod object;
mod update;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(super) use object::ServiceAccount;

/// The group's name in the API's description.
const TAG: &str = "Service accounts";

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(create::create, list::list))
        .routes(routes!(get::get, update::update, delete::delete))
        .routes(routes!(enable::enable))
        .routes(routes!(disable::disable))
}
