//! `/v1/roles`.

mod create;
mod delete;
mod get;
mod list;
mod object;
mod update;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// The group's name in the API's description.
const TAG: &str = "Roles";

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(create::create, list::list)).routes(routes!(
        get::get,
        update::update,
        delete::delete
    ))
}
