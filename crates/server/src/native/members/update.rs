//! Change a member.

use keywright_domain::{MemberId, OrganizationId};
use keywright_engine::MemberPatch;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Member, Role, TAG};
use crate::app::SharedApp;
use crate::http::{
    Answer, ChangeFailures, Envelope, IdempotencyParameter, Mutation, Object, Success, TwoIds,
};
use crate::native::wire::{Patch, RateLimit, to_domain};

/// How a member is to change: one of the two is needed. A field that is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateMember {
    #[serde(default)]
    #[schema(value_type = Role, required = false)]
    role: Patch<String>,
    /// How often all of their keys in the organization together may be used; `null` for no limits.
    #[serde(default, rename = "rateLimits")]
    #[schema(value_type = Option<Vec<RateLimit>>, max_items = 8)]
    rate_limits: Patch<Vec<Object<RateLimit>>>,
}

/// Change a member
///
/// Their keys follow at the same moment. Nobody touches a role above their own, and the last owner stays one (409). Needs
/// `member.update`, all that the new role may do, and for one's own limits `apiKey.manage`.
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
    let UpdateMember { role, rate_limits } = change.body;
    let patch = MemberPatch { role: role.0, rate_limits: rate_limits.map(to_domain) };
    let member = app.engine.update_member(&change.actor, organization, member, patch).await?;
    Ok(Success(member.into()))
}
