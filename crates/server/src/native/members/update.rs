//! Change a member's role.

use keywright_domain::{MemberId, OrganizationId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Member, Role, TAG};
use crate::app::SharedApp;
use crate::http::{
    Answer, ChangeFailures, Envelope, Failure, IdempotencyParameter, Mutation, Success, TwoIds,
};

/// How a member is to change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateMember {
    #[schema(value_type = Role)]
    role: Option<String>,
}

/// Change a member's role
///
/// What their keys may do follows at the same moment. Nobody touches a role above their own, and the last owner stays one
/// (409). Needs `member.update`, and all that the new role may do.
#[utoipa::path(
    patch,
    path = "/{memberId}",
    operation_id = "updateMember",
    tag = TAG,
    params(
        ("id" = uuid::Uuid, Path, description = "The organization's id."),
        ("memberId" = uuid::Uuid, Path, description = "The member's id."),
        IdempotencyParameter,
    ),
    request_body(content = UpdateMember, example = json!({"role": "admin"})),
    responses((status = 200, description = "The member as they are now.", body = Envelope<Member>), ChangeFailures),
)]
pub(super) async fn update(
    app: SharedApp,
    TwoIds(organization, member): TwoIds<OrganizationId, MemberId>,
    change: Mutation<UpdateMember>,
) -> Answer<Member> {
    let Some(role) = change.body.role else { return Err(Failure::invalid("role", "is required")) };
    let member = app.engine.update_member(&change.actor, organization, member, &role).await?;
    Ok(Success(member.into()))
}
