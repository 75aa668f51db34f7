//! List organizations.

use super::{Organization, TAG};
use crate::app::SharedApp;
use crate::http::{Answer, Caller, Envelope, NoFilter, Paged, PagingParameters, ReadFailures, Success};
use crate::native::wire::List;

/// List organizations
///
/// A session's: those that the person is a member of. A key's: its own. Needs `organization.read`.
#[utoipa::path(
    get,
    path = "/v1/organizations",
    operation_id = "listOrganizations",
    tag = TAG,
    params(PagingParameters),
    responses((status = 200, description = "A page of organizations.", body = Envelope<List<Organization>>), ReadFailures),
)]
pub(super) async fn list(
    app: SharedApp,
    Caller(actor): Caller,
    Paged { paging, .. }: Paged<NoFilter>,
) -> Answer<List<Organization>> {
    let organizations = app.engine.organizations(&actor, &paging).await?;
    Ok(Success(List::of(organizations, Organization::from)))
}
