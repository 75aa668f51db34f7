//! Look at one organization.

use keywright_domain::OrganizationId;

use super::{Organization, TAG};
use crate::app::SharedApp;
use crate::http::{Answer, Caller, Envelope, NoQuery, PathId, ReadFailures, Success};

/// Get an organization
///
/// A key sees its own alone: another one named is 403, whether or not it exists. Needs `organization.read`.
#[utoipa::path(
    get,
    path = "/v1/organizations/{id}",
    operation_id = "getOrganization",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The organization's id.")),
    responses((status = 200, description = "The organization.", body = Envelope<Organization>), ReadFailures),
)]
pub(super) async fn get(
    app: SharedApp,
    Caller(actor): Caller,
    PathId(id): PathId<OrganizationId>,
    _: NoQuery,
) -> Answer<Organization> {
    Ok(Success(app.engine.organization(&actor, id).await?.into()))
}
