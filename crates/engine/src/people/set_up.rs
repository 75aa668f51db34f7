//! Setting the server up: the bearer of the set-up link becomes the first person, an owner.

use keywright_domain::{MemberRole, OrganizationId};
use keywright_store::{AuditedCommand, Command, Condition, LinkPurpose, Refusal, User};

use super::SignedIn;
use super::users::email_is_taken;
use crate::Engine;
use crate::actor::Origin;
use crate::change::{Act, NotChanged};
use crate::error::{Error, Unauthenticated};
use crate::secret::LINK;

/// A person to be added.
#[derive(Clone, Default)]
pub struct PersonDraft {
    /// The e-mail address.
    pub email: String,
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
}

impl Engine {
    /// Whether a set-up link still leads somewhere. Asking does not use it up.
    pub async fn set_up_is_open(&self, token: &str) -> Result<bool, Error> {
        match self.open_link(token).await {
            Ok(link) => Ok(link.purpose == LinkPurpose::SetUp && !self.is_set_up(link.organization).await?),
            Err(Error::Unauthenticated(_)) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Whether a token is that of an organization's set-up link: one that still works, or that set it up. Who shows it
    /// may be told how things stand.
    pub async fn is_set_up_token(&self, organization: OrganizationId, token: &str) -> Result<bool, Error> {
        let link = self.store.link_token(self.pepper.digest_token(LINK, token)).await?;
        let is_right = link.is_some_and(|link| {
            link.purpose == LinkPurpose::SetUp
                && link.organization == organization
                && (link.used_at.is_some() || !link.expires_at.has_passed(self.now()))
        });
        if !is_right {
            self.counters().count_refused_sign_in();
        }
        Ok(is_right)
    }

    /// Uses the set-up link up: adds the person as the first owner of the link's organization, and signs them in. Once
    /// there is such a person the link leads nowhere.
    pub async fn set_up(&self, token: &str, person: PersonDraft, origin: Origin) -> Result<SignedIn, Error> {
        let link = self.open_link(token).await?;
        if link.purpose != LinkPurpose::SetUp {
            return Err(Error::Unauthenticated(Unauthenticated::Link));
        }
        if self.is_set_up(link.organization).await? {
            return Err(Error::Unauthenticated(Unauthenticated::Link));
        }
        let first = self.new_member(link.organization, person, MemberRole::Owner, None).await?;
        let (signed_in, session) = self.new_session(first.user.clone(), &origin);
        let then =
            vec![Command::CreateUser(first.user.clone()), Command::CreateMember(first.member), session];
        let command = Command::UseLinkToken { id: link.id, then };
        let added = self.add_first_owner(link.organization, &first.user, command, &origin).await;
        added.map_err(|refused| {
            refused.into_error(|refusal| match refusal {
                Refusal::LinkUsed | Refusal::NotFound | Refusal::SetUpAlready => {
                    Some(Error::Unauthenticated(Unauthenticated::Link))
                }
                other => email_is_taken(other),
            })
        })?;
        Ok(signed_in)
    }

    /// Adds the first owner without a link. Who may ask is the surface's configuration to say. Refused with a conflict
    /// once there was one. They are told to replace the password, as that system tells its first administrator, but
    /// nothing waits for it: they chose it themselves.
    pub async fn sign_up_first_owner(
        &self,
        organization: OrganizationId,
        person: PersonDraft,
        origin: Origin,
    ) -> Result<User, Error> {
        if self.is_set_up(organization).await? {
            return Err(already_set_up());
        }
        let mut first = self.new_member(organization, person, MemberRole::Owner, None).await?;
        first.user.should_change_password = true;
        let commands = vec![Command::CreateUser(first.user.clone()), Command::CreateMember(first.member)];
        let added = self.add_first_owner(organization, &first.user, Command::All(commands), &origin).await;
        added.map_err(|refused| {
            refused.into_error(|refusal| match refusal {
                Refusal::SetUpAlready => Some(already_set_up()),
                other => email_is_taken(other),
            })
        })?;
        Ok(first.user)
    }

    /// Whether somebody owns the organization, or owned it, who can sign in: the built-in root user cannot. It stays so
    /// when they leave, so that nobody sets up what was set up already.
    async fn is_set_up(&self, organization: OrganizationId) -> Result<bool, Error> {
        let found = self.store.organization(organization).await?;
        Ok(found.is_none_or(|organization| organization.set_up_at.is_some()))
    }

    /// Carries out what adds the first owner, if there was none until then: of two who try at once, one is refused.
    async fn add_first_owner(
        &self,
        organization: OrganizationId,
        user: &User,
        command: Command,
        origin: &Origin,
    ) -> Result<(), NotChanged> {
        let email = user.email.as_deref().unwrap_or_default();
        let act = Act::new("server.setUp", "user", user.id.uuid()).with("email", email);
        let event = self.bearer_event(organization, user.id, &act, origin);
        let command =
            Command::If { conditions: vec![Condition::NotSetUp(organization)], then: Box::new(command) };
        let outcome =
            self.carry_out(AuditedCommand { command, audit: vec![event], idempotency: None }).await?;
        outcome.map(drop).map_err(NotChanged::Refused)
    }
}

fn already_set_up() -> Error {
    Error::Conflict("this organization has, or had, an owner already".to_owned())
}
