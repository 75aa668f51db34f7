//! End a membership.

use keywright_domain::{MemberId, OrganizationId};

use super::TAG;
use crate::app::SharedApp;
use crate::http::{
    BareMutation, ChangeFailures, Emptied, EmptyEnvelope, Failure, IdempotencyParameter, TwoIds,
};

/// Remove a member
///
/// When this is answered, the person's keys in the organization are revoked. The last owner stays (409); anybody who is
/// signed in may leave. Needs `member.delete`.
#[utoipa::path(
    delete,
    path = "/{memberId}",
    operation_id = "removeMember",
    tag = TAG,
    params(
        ("id" = uuid::Uuid, Path, description = "The organization's id."),
        ("memberId" = uuid::Uuid, Path, description = "The member's id."),
        IdempotencyParameter,
    ),
    responses((status = 200, description = "The membership has ended.", body = EmptyEnvelope), ChangeFailures),
)]
pub(super) async fn remove(
    app: SharedApp,
    TwoIds(organization, member): TwoIds<OrganizationId, MemberId>,
    BareMutation(actor): BareMutation,
) -> Result<Emptied, Failure> {
    app.engine.remove_member(&actor, organization, member).await?;
    Ok(Emptied)
}
