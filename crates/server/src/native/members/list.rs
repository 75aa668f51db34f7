//! List members.

use keywright_domain::OrganizationId;

use super::{Member, TAG};
use crate::app::SharedApp;
use crate::http::{
    Answer, Caller, Envelope, NoFilter, Paged, PagingParameters, PathId, ReadFailures, Success,
};
use crate::native::wire::List;

/// List members
///
/// Oldest first, invited ones included. Needs `member.read`.
#[utoipa::path(
    get,
    path = "",
    operation_id = "listMembers",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The organization's id."), PagingParameters),
    responses((status = 200, description = "A page of members.", body = Envelope<List<Member>>), ReadFailures),
)]
pub(super) async fn list(
    app: SharedApp,
    Caller(actor): Caller,
    PathId(organization): PathId<OrganizationId>,
    Paged { paging, .. }: Paged<NoFilter>,
) -> Answer<List<Member>> {
    let members = app.engine.members(&actor, organization, &paging).await?;
    Ok(Success(List::of(members, Member::from)))
}
