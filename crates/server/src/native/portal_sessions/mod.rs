//! `/v1/portal-sessions`: the key page for an organization's own customers.

mod create;
mod end;
mod list;
mod object;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// The group's name in the API's description.
const TAG: &str = "Portal";

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(create::create, list::list)).routes(routes!(end::end))
}
