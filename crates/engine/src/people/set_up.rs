//! Setting the server up: the bearer of the set-up link becomes the first person, an owner.

use keywright_domain::MemberRole;
use keywright_store::{AuditedCommand, Command, LinkPurpose, Member, Refusal, Revision, UniqueField, User};

use super::SignedIn;
use crate::Engine;
use crate::actor::Origin;
use crate::change::{Act, NotChanged};
use crate::error::{Error, Unauthenticated};
use crate::text::Problems;

/// A person who adds themselves.
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
            Ok(link) => Ok(link.purpose == LinkPurpose::SetUp),
            Err(Error::Unauthenticated(_)) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Uses the set-up link up: adds the person as an owner of the link's organization, and signs them in.
    pub async fn set_up(&self, token: &str, person: PersonDraft, origin: Origin) -> Result<SignedIn, Error> {
        let link = self.open_link(token).await?;
        if link.purpose != LinkPurpose::SetUp {
            return Err(Error::Unauthenticated(Unauthenticated::Link));
        }
        let mut problems = Problems::default();
        let email = problems.email("email", Some(&person.email));
        let name = problems.name("name", Some(&person.name));
        problems.password("password", &person.password);
        problems.finish()?;
        let now = self.now();
        let user = User {
            id: self.new_id(),
            email: Some(email.clone()),
            name: name.clone(),
            password_hash: Some(self.passwords.hash(person.password, self.random.as_ref()).await?),
            must_change_password: false,
            created_at: now,
            updated_at: now,
            revision: Revision::ZERO,
        };
        let member = Member {
            id: self.new_id(),
            organization: link.organization,
            user: user.id,
            user_email: Some(email.clone()),
            user_name: name,
            role: MemberRole::Owner,
            invited_by: None,
            accepted_at: Some(now),
            created_at: now,
            updated_at: now,
            revision: Revision::ZERO,
        };
        let (signed_in, session) = self.new_session(user.clone(), &origin);
        let then = vec![Command::CreateUser(user.clone()), Command::CreateMember(member), session];
        let act = Act::new("server.setUp", "user", user.id.uuid()).with("email", email);
        let event = self.bearer_event(link.organization, user.id, &act, &origin);
        let command = Command::UseLinkToken { id: link.id, then };
        let outcome =
            self.carry_out(AuditedCommand { command, audit: vec![event], idempotency: None }).await?;
        outcome.map_err(|refusal| {
            NotChanged::Refused(refusal).into_error(|refusal| match refusal {
                Refusal::LinkUsed | Refusal::NotFound => Some(Error::Unauthenticated(Unauthenticated::Link)),
                Refusal::NotUnique(UniqueField::Email) => {
                    Some(Error::invalid("email", "belongs to somebody who is known here already"))
                }
                _ => None,
            })
        })?;
        Ok(signed_in)
    }
}
