//! Setting the server up: the bearer of the set-up link becomes the first person, an owner.

use keywright_domain::{MemberRole, OrganizationId};
use keywright_store::{AuditedCommand, Command, LinkPurpose, Member, PageRequest, Refusal, User};

use super::SignedIn;
use super::users::email_is_taken;
use crate::Engine;
use crate::actor::Origin;
use crate::change::{Act, NotChanged};
use crate::error::{Error, Unauthenticated};

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
            Ok(link) => {
                Ok(link.purpose == LinkPurpose::SetUp && !self.has_first_owner(link.organization).await?)
            }
            Err(Error::Unauthenticated(_)) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Uses the set-up link up: adds the person as the first owner of the link's organization, and signs them in. Once
    /// there is such a person the link leads nowhere.
    pub async fn set_up(&self, token: &str, person: PersonDraft, origin: Origin) -> Result<SignedIn, Error> {
        let link = self.open_link(token).await?;
        if link.purpose != LinkPurpose::SetUp {
            return Err(Error::Unauthenticated(Unauthenticated::Link));
        }
        let _alone = self.set_up_lock.lock().await;
        if self.has_first_owner(link.organization).await? {
            return Err(Error::Unauthenticated(Unauthenticated::Link));
        }
        let first = self.new_member(link.organization, person, MemberRole::Owner, false, None).await?;
        let (signed_in, session) = self.new_session(first.user.clone(), &origin);
        let then =
            vec![Command::CreateUser(first.user.clone()), Command::CreateMember(first.member), session];
        self.add_first_owner(
            link.organization,
            &first.user,
            Command::UseLinkToken { id: link.id, then },
            &origin,
        )
        .await?;
        Ok(signed_in)
    }

    /// Adds the first owner without a link. Who may ask is the surface's configuration to say. Refused with a conflict
    /// once there is one.
    pub async fn sign_up_first_owner(
        &self,
        organization: OrganizationId,
        person: PersonDraft,
        origin: Origin,
    ) -> Result<User, Error> {
        let _alone = self.set_up_lock.lock().await;
        if self.has_first_owner(organization).await? {
            return Err(Error::Conflict("The server already has an admin".to_owned()));
        }
        let first = self.new_member(organization, person, MemberRole::Owner, true, None).await?;
        let commands = vec![Command::CreateUser(first.user.clone()), Command::CreateMember(first.member)];
        self.add_first_owner(organization, &first.user, Command::All(commands), &origin).await?;
        Ok(first.user)
    }

    /// Whether somebody owns the organization who can sign in: the built-in root user cannot.
    async fn has_first_owner(&self, organization: OrganizationId) -> Result<bool, Error> {
        let mut page = PageRequest { limit: 1000, offset: 0, after: None };
        loop {
            let read = self.store.members(organization, page.clone()).await?;
            let is_owner = |member: &Member| {
                member.role == MemberRole::Owner
                    && member.accepted_at.is_some()
                    && member.user_email.is_some()
            };
            if read.items.iter().any(is_owner) {
                return Ok(true);
            }
            match read.next {
                Some(after) => page.after = Some(after),
                None => return Ok(false),
            }
        }
    }

    async fn add_first_owner(
        &self,
        organization: OrganizationId,
        user: &User,
        command: Command,
        origin: &Origin,
    ) -> Result<(), Error> {
        let email = user.email.as_deref().unwrap_or_default();
        let act = Act::new("server.setUp", "user", user.id.uuid()).with("email", email);
        let event = self.bearer_event(organization, user.id, &act, origin);
        let outcome =
            self.carry_out(AuditedCommand { command, audit: vec![event], idempotency: None }).await?;
        outcome.map(drop).map_err(|refusal| {
            NotChanged::Refused(refusal).into_error(|refusal| match refusal {
                Refusal::LinkUsed | Refusal::NotFound => Some(Error::Unauthenticated(Unauthenticated::Link)),
                other => email_is_taken(other),
            })
        })
    }
}
