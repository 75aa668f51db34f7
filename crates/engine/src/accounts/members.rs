//! Members: people in an organization.

use std::time::Duration;

use keywright_domain::{MemberId, MemberRole, OrganizationId, RateLimit, Right, Timestamp, UserId};
use keywright_store::{
    Change, Command, KeyOwner, LinkPurpose, LinkToken, Member, MemberChanges, Refusal, Revision, UniqueField,
    User,
};

use super::owner_limits::{audited_limits, require_may_limit};
use crate::Engine;
use crate::actor::{Actor, Credential};
use crate::change::{Act, Decided, MAX_ATTEMPTS, NotChanged, too_contended};
use crate::error::Error;
use crate::keys::{creator, require_within};
use crate::secret::{LINK, SecretToken};
use crate::text::Problems;

/// How long an invitation can be accepted.
const INVITATION_LASTS: Duration = Duration::from_hours(7 * 24);

/// A person to be invited.
#[derive(Debug, Clone, Default)]
pub struct MemberDraft {
    /// The e-mail address.
    pub email: Option<String>,
    /// The name; the address unless given. Kept only for a person who is new here.
    pub name: Option<String>,
    /// `owner`, `admin`, `developer` or `viewer`.
    pub role: Option<String>,
}

/// How a member is to change.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "each field is described at keywright_store::Member")]
pub struct MemberPatch {
    pub role: Change<Option<String>>,
    pub rate_limits: Change<Option<Vec<RateLimit>>>,
}

/// A link that was made.
#[derive(Debug)]
pub struct IssuedLink {
    /// What its address ends with.
    pub token: SecretToken,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// An invitation that was made.
#[derive(Debug)]
pub struct Invitation {
    /// The membership, which begins when the person accepts.
    pub member: Member,
    /// The link to hand to the person, this once. `None` in the answer to a repetition.
    pub link: Option<IssuedLink>,
}

pub(super) const fn no_such_member() -> Error {
    Error::NotFound { kind: "member" }
}

impl Engine {
    /// Invites a person. Needs `member.create`, and all that the role may do.
    pub async fn invite_member(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        draft: MemberDraft,
    ) -> Result<Invitation, Error> {
        let actor = &self.acting_in(actor, organization)?;
        let act = Act::new("member.create", "member", None);
        self.audited(actor, act, async {
            actor.require(Right::MemberCreate)?;
            if let Some(member) = self.answered_before(actor).await? {
                return Ok(Invitation { member, link: None });
            }
            let mut problems = Problems::default();
            let email = problems.email("email", draft.email.as_deref());
            let name = problems.optional_line("name", draft.name).unwrap_or_else(|| email.clone());
            let role = read_role(&mut problems, draft.role.as_deref());
            problems.finish()?;
            let role = role.unwrap_or(MemberRole::Viewer);
            require_within(actor, &role.ceiling())?;
            for _ in 0..MAX_ATTEMPTS {
                match self.invite_once(actor, &email, &name, role).await {
                    Ok(invitation) => return Ok(invitation),
                    // The person was added by somebody else at the same time.
                    Err(NotChanged::Refused(Refusal::NotUnique(UniqueField::Email))) => {}
                    Err(other) => {
                        return Err(other.into_error(|refusal| match refusal {
                            Refusal::NotUnique(UniqueField::Membership) => {
                                Some(Error::Conflict("this person is a member or invited already".to_owned()))
                            }
                            _ => None,
                        }));
                    }
                }
            }
            Err(too_contended())
        })
        .await
    }

    async fn invite_once(
        &self,
        actor: &Actor,
        email: &str,
        name: &str,
        role: MemberRole,
    ) -> Result<Invitation, NotChanged> {
        let now = self.now();
        let known = self.store.user_by_email(email).await.map_err(Error::from)?;
        let mut commands = Vec::new();
        let user = known.unwrap_or_else(|| {
            let user = User {
                id: self.new_id(),
                email: Some(email.to_owned()),
                name: name.to_owned(),
                password_hash: None,
                must_change_password: false,
                should_change_password: false,
                is_onboarded: false,
                created_at: now,
                updated_at: now,
                revision: Revision::ZERO,
            };
            commands.push(Command::CreateUser(user.clone()));
            user
        });
        let member = Member {
            id: self.new_id(),
            organization: actor.organization_id(),
            user: user.id,
            user_email: user.email.clone(),
            user_name: name.to_owned(),
            role,
            rate_limits: Vec::new(),
            invited_by: Some(creator(actor)),
            accepted_at: None,
            created_at: now,
            updated_at: now,
            revision: Revision::ZERO,
        };
        let token = SecretToken::generate(self.random.as_ref());
        let expires_at = now.plus(INVITATION_LASTS);
        commands.push(Command::CreateMember(member.clone()));
        commands.push(Command::CreateLinkToken(LinkToken {
            id: self.new_id(),
            digest: self.pepper.digest_token(LINK, token.expose()),
            purpose: LinkPurpose::Invitation(member.id),
            organization: member.organization,
            created_at: now,
            expires_at,
            used_at: None,
        }));
        let act = Act::new("member.create", "member", member.id.uuid())
            .with("email", email)
            .with("role", role.as_str());
        let changed = self.change(actor, &act, Command::All(commands), member).await?;
        let link = (!changed.is_repetition).then_some(IssuedLink { token, expires_at });
        Ok(Invitation { member: changed.value, link })
    }

    /// Changes a member's role, limits or both. Needs `member.update`, a role of the caller's no lower than the member's,
    /// and all that the new role may do; for other limits, a caller that they do not bind. The last owner stays one. Nobody is
    /// given more while somebody else knows their password.
    pub async fn update_member(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: MemberId,
        patch: MemberPatch,
    ) -> Result<Member, Error> {
        let actor = &self.acting_in(actor, organization)?;
        let changes = read_patch(patch)?;
        let mut act = Act::new("member.update", "member", id.uuid());
        if let Change::Set(role) = changes.role {
            act = act.with("role", role.as_str());
        }
        if let Change::Set(limits) = &changes.rate_limits {
            act = act.with("rateLimits", audited_limits(limits));
        }
        self.audited(actor, act.clone(), async {
            actor.require(Right::MemberUpdate)?;
            self.change_row(actor, last_owner_or_gone, || async {
                let member = self.store.member(organization, id).await?.ok_or_else(no_such_member)?;
                require_rank(actor, member.role)?;
                let MemberChanges { role, rate_limits } = changes.clone();
                let after = Member {
                    role: role.apply(member.role),
                    rate_limits: rate_limits.apply(member.rate_limits.clone()),
                    updated_at: self.now(),
                    ..member.clone()
                };
                if after.role > member.role {
                    require_within(actor, &after.role.ceiling())?;
                    self.require_own_password_of(member.user).await?;
                }
                if after.rate_limits != member.rate_limits {
                    require_may_limit(actor, KeyOwner::User(member.user))?;
                }
                if let Some(changed) = self.answered_before(actor).await? {
                    return Ok(Decided::Answer(changed));
                }
                let unchanged_since = member.revision;
                let changes = changes.clone();
                let command = Command::UpdateMember { organization, id, unchanged_since, changes };
                Ok(Decided::Write(act.clone(), command, after))
            })
            .await
        })
        .await
    }

    /// Refuses while a person signs in with a password that somebody else set, who would be given all that they are.
    async fn require_own_password_of(&self, user: UserId) -> Result<(), Error> {
        let user = self.store.user(user).await?.ok_or_else(no_such_member)?;
        if user.must_change_password {
            return Err(Error::Conflict(
                "this person signs in with a password that somebody else set: they replace it first"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// Ends a membership and revokes the person's keys in the organization. Needs `member.delete` and a role no lower
    /// than the member's; anybody may leave. The last owner stays.
    pub async fn remove_member(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        id: MemberId,
    ) -> Result<(), Error> {
        let actor = &self.acting_in(actor, organization)?;
        let act = Act::new("member.delete", "member", id.uuid());
        self.audited(actor, act.clone(), async {
            actor.require_own_password()?;
            if let Some(()) = self.answered_before(actor).await? {
                return Ok(());
            }
            self.change_row(actor, last_owner_or_gone, || async {
                let member = self.store.member(organization, id).await?;
                let leaves = member.as_ref().is_some_and(|member| {
                    // A key does not end its owner's membership on its own.
                    actor.key_id().is_none() && actor.principal() == KeyOwner::User(member.user)
                });
                if !leaves {
                    actor.require(Right::MemberDelete)?;
                }
                let member = member.ok_or_else(no_such_member)?;
                require_rank(actor, member.role)?;
                let command = Command::DeleteMember { organization, id, unchanged_since: member.revision };
                Ok(Decided::Write(act.clone(), command, ()))
            })
            .await?;
            self.recent_secrets.drop_of(|_| true, None);
            Ok(())
        })
        .await
    }
}

/// Who is only invited is known by their address: their name is told to an organization once they have joined it.
pub(super) fn hide_name_until_accepted(member: &mut Member) {
    if member.accepted_at.is_none() {
        member.user_name = member.user_email.clone().unwrap_or_default();
    }
}

/// Nobody touches a role above their own. A signed-in member's is what they are; a key, whoever owns it, counts as the
/// highest role whose access it has, or as the lowest.
fn require_rank(actor: &Actor, touched: MemberRole) -> Result<(), Error> {
    let rank = match (actor.credential(), actor.member_role()) {
        (Credential::Session { .. }, Some(role)) => role,
        _ => {
            let held = actor.access();
            MemberRole::ALL
                .into_iter()
                .find(|role| held.covers(&role.ceiling()))
                .unwrap_or(MemberRole::Viewer)
        }
    };
    if touched > rank {
        return Err(Error::forbidden(format!(
            "this member is {}: nobody touches a role above their own",
            touched.as_str()
        )));
    }
    Ok(())
}

pub(super) fn read_role(problems: &mut Problems, role: Option<&str>) -> Option<MemberRole> {
    let read = role.and_then(MemberRole::parse);
    match (role, read) {
        (None, _) => problems.add("role", "is required"),
        (Some(_), None) => problems.add("role", "must be owner, admin, developer or viewer"),
        _ => {}
    }
    read
}

fn read_patch(patch: MemberPatch) -> Result<MemberChanges, Error> {
    let mut problems = Problems::default();
    let mut changes = MemberChanges::default();
    match (&patch.role, patch.rate_limits) {
        (Change::Keep, Change::Keep) => problems.add("role", "is required, unless rateLimits is given"),
        (_, Change::Set(limits)) => {
            let limits = limits.unwrap_or_default();
            problems.rate_limits("rateLimits", &limits);
            changes.rate_limits = Change::Set(limits);
        }
        (Change::Set(_), Change::Keep) => {}
    }
    if let Change::Set(role) = &patch.role
        && let Some(role) = read_role(&mut problems, role.as_deref())
    {
        changes.role = Change::Set(role);
    }
    problems.finish()?;
    Ok(changes)
}

fn last_owner_or_gone(refusal: &Refusal) -> Option<Error> {
    match refusal {
        Refusal::LastOwner => {
            Some(Error::Conflict("the last owner stays: make somebody else an owner first".to_owned()))
        }
        Refusal::NotFound => Some(no_such_member()),
        _ => None,
    }
}
