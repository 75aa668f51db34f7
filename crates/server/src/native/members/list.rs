//! List members.

use keywright_domain::OrganizationId;
use keywright_engine::MemberFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Member, Role, TAG};
use crate::app::SharedApp;
use crate::http::{Answer, Caller, Envelope, Paged, PagingParameters, PathId, ReadFailures, Success};
use crate::native::wire::List;

/// Which members.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListMembers {
    /// Those with this role.
    #[param(value_type = Option<Role>)]
    role: Option<String>,
    /// Those with this text in their e-mail address, or, once they have accepted, in their name.
    q: Option<String>,
}

/// List members
///
/// Oldest first, invited ones included. Needs `member.read`.
#[utoipa::path(
    get,
    path = "",
    operation_id = "listMembers",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The organization's id."), ListMembers, PagingParameters),
    responses((status = 200, description = "A page of members.", body = Envelope<List<Member>>), ReadFailures),
)]
pub(super) async fn list(
    app: SharedApp,
    Caller(actor): Caller,
    PathId(organization): PathId<OrganizationId>,
    Paged { paging, filter }: Paged<ListMembers>,
) -> Answer<List<Member>> {
    let filter = MemberFilter { role: filter.role, text: filter.q };
    let members = app.engine.find_members(&actor, organization, filter, &paging).await?;
    Ok(Success(List::of(members, Member::from)))
}
