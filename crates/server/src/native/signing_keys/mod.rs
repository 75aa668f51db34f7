//! `/v1/signing-keys`: the server's own keys, which sign offline tokens.

mod list;
mod object;
mod rotate;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// The group's name in the API's description.
const TAG: &str = "Signing keys";

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(list::list)).routes(routes!(rotate::rotate))
}
