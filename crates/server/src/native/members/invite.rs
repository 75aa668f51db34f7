//! Invite a person.

use keywright_domain::OrganizationId;
use keywright_engine::MemberDraft;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Member, Role, TAG};
use crate::app::SharedApp;
use crate::http::{Answer, ChangeFailures, Envelope, IdempotencyParameter, Mutation, PathId, Success};
use crate::native::wire::Time;

/// A person to be invited.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InviteMember {
    #[schema(value_type = String, min_length = 3, max_length = 254, example = "ada@example.com")]
    email: Option<String>,
    /// Kept only for a person who is new on this server. Left out: the address, until they give one.
    #[schema(max_length = 255, example = "Ada Lovelace")]
    name: Option<String>,
    #[schema(value_type = Role)]
    role: Option<String>,
}

/// A member who has not accepted yet, and the link by which they do.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvitedMember {
    #[serde(flatten)]
    member: Member,
    /// To hand to the person: nothing is sent by this server. It is shown this once; left out where a request with the
    /// same `Idempotency-Key` is repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation: Option<Invitation>,
}

/// The way to accept an invitation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Invitation {
    /// The token for `POST /v1/invitations/accept`. It works once.
    #[schema(example = "mJ2XbT0m1n5hQ8yq0dHkS3v7u9w2x4z6A8C1E3G5I7K")]
    token: String,
    /// The page where the person accepts, as a path on this server.
    #[schema(example = "/console/invitation?token=mJ2XbT0m1n5hQ8yq0dHkS3v7u9w2x4z6A8C1E3G5I7K")]
    path: String,
    expires_at: Time,
}

/// Invite a person
///
/// The membership begins when the person accepts while signed in. Needs `member.create`, and all that the role may do.
#[utoipa::path(
    post,
    path = "",
    operation_id = "inviteMember",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The organization's id."), IdempotencyParameter),
    request_body(content = InviteMember, example = json!({"email": "ada@example.com", "role": "developer"})),
    responses((status = 200, description = "The invited member.", body = Envelope<InvitedMember>), ChangeFailures),
)]
pub(super) async fn invite(
    app: SharedApp,
    PathId(organization): PathId<OrganizationId>,
    change: Mutation<InviteMember>,
) -> Answer<InvitedMember> {
    let InviteMember { email, name, role } = change.body;
    let draft = MemberDraft { email, name, role };
    let invited = app.engine.invite_member(&change.actor, organization, draft).await?;
    let invitation = invited.link.map(|link| Invitation {
        token: link.token.expose().to_owned(),
        path: format!("/console/invitation?token={}", link.token.expose()),
        expires_at: link.expires_at.into(),
    });
    Ok(Success(InvitedMember { member: invited.member.into(), invitation }))
}
