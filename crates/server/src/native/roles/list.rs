//! List roles.

use super::TAG;
use super::object::Role;
use crate::app::SharedApp;
use crate::http::{Answer, Caller, Envelope, NoFilter, Paged, PagingParameters, ReadFailures, Success};
use crate::native::wire::List;

/// List roles
///
/// By name. Needs `role.read`.
#[utoipa::path(
    get,
    path = "/v1/roles",
    operation_id = "listRoles",
    tag = TAG,
    params(PagingParameters),
    responses((status = 200, description = "A page of roles.", body = Envelope<List<Role>>), ReadFailures),
)]
pub(super) async fn list(
    app: SharedApp,
    Caller(actor): Caller,
    Paged { paging, .. }: Paged<NoFilter>,
) -> Answer<List<Role>> {
    let roles = app.engine.roles(&actor, &paging).await?;
    Ok(Success(List::of(roles, Role::from)))
}
