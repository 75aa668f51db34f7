//! `/v1/permissions`: the organization's catalogue.

mod declare;
mod delete;
mod list;
mod object;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// The group's name in the API's description.
const TAG: &str = "Permissions";

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(declare::declare, list::list)).routes(routes!(delete::delete))
}
