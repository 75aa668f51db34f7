//! `/v1/organizations/{id}/members`, and the same as `/v1/orgs/{id}/members`.

mod get;
mod invite;
mod list;
mod object;
mod remove;
mod update;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub(super) use object::{Member, Role};

/// The group's name in the API's description.
const TAG: &str = "Members";

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .nest("/v1/organizations/{id}/members", within_organization())
        .nest("/v1/orgs/{id}/members", other_path())
}

fn within_organization() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(invite::invite, list::list)).routes(routes!(
        get::get,
        update::update,
        remove::remove
    ))
}

/// The same routes, described as another spelling of the first.
fn other_path() -> OpenApiRouter<Arc<App>> {
    let mut router = within_organization();
    for item in router.get_openapi_mut().paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            // Names of operations are unique in a document (OpenAPI 3.1, section 4.8.10.1).
            operation.operation_id = operation.operation_id.take().map(|id| format!("{id}OfOrg"));
            operation.description = Some("The same as under `/v1/organizations/{id}/members`.".to_owned());
        }
    }
    router
}
