//! Look at one member.

use keywright_domain::{MemberId, OrganizationId};

use super::{Member, TAG};
use crate::app::SharedApp;
use crate::http::{Answer, Caller, Envelope, NoQuery, ReadFailures, Success, TwoIds};

/// Get a member
///
/// Needs `member.read`.
#[utoipa::path(
    get,
    path = "/{memberId}",
    operation_id = "getMember",
    tag = TAG,
    params(
        ("id" = uuid::Uuid, Path, description = "The organization's id."),
        ("memberId" = uuid::Uuid, Path, description = "The member's id."),
    ),
    responses((status = 200, description = "The member.", body = Envelope<Member>), ReadFailures),
)]
pub(super) async fn get(
    app: SharedApp,
    Caller(actor): Caller,
    TwoIds(organization, member): TwoIds<OrganizationId, MemberId>,
    _: NoQuery,
) -> Answer<Member> {
    Ok(Success(app.engine.member(&actor, organization, member).await?.into()))
}
