//! Choosing a new password by a link that the operator made ([`crate::make_password_link`]).

use keywright_store::{AuditedCommand, Command, LinkPurpose, LinkToken, User};

use super::SignedIn;
use super::sessions::{link_refused, replacing_password};
use crate::Engine;
use crate::actor::Origin;
use crate::change::{Act, NotChanged};
use crate::error::{Error, Unauthenticated};
use crate::text::Problems;

impl Engine {
    /// The address of the person who may choose a password by this link, while it leads somewhere. Asking does not use it up.
    pub async fn password_link_is_for(&self, token: &str) -> Result<Option<String>, Error> {
        match self.open_password_link(token).await {
            Ok((_, user)) => Ok(user.email),
            Err(Error::Unauthenticated(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Uses the link up: replaces the person's password, ends all their sessions and begins another; where somebody else had
    /// set the password, the keys that were made in the person's name until then end too.
    pub async fn choose_lost_password(
        &self,
        token: &str,
        password: String,
        origin: Origin,
    ) -> Result<SignedIn, Error> {
        let (link, before) = self.open_password_link(token).await?;
        let mut problems = Problems::default();
        problems.password("password", &password);
        problems.finish()?;
        let hashed = self.passwords.hash(password, self.random.as_ref()).await?;
        let memberships = self.store.memberships(before.id).await?;
        let after = User { must_change_password: false, should_change_password: false, ..before.clone() };
        let (signed_in, session) = self.new_session(after, &origin);
        let mut then = replacing_password(&before, hashed, None, &memberships);
        then.push(session);
        // Every organization of theirs is told: what they may do there, whoever has the link may do now.
        let act = Act::new("user.resetPassword", "user", before.id.uuid());
        let accepted = memberships.iter().filter(|membership| membership.accepted_at.is_some());
        let audit = accepted
            .map(|membership| self.bearer_event(membership.organization, before.id, &act, &origin))
            .collect();
        let command = Command::UseLinkToken { id: link.id, then };
        let outcome = self.carry_out(AuditedCommand { command, audit, idempotency: None }).await?;
        outcome.map_err(|refusal| NotChanged::Refused(refusal).into_error(link_refused))?;
        if before.must_change_password {
            self.recent_secrets.drop_of(|_| true, None);
        }
        Ok(signed_in)
    }

    /// A link that still leads somewhere, and the person whom it is for.
    async fn open_password_link(&self, token: &str) -> Result<(LinkToken, User), Error> {
        let link = self.open_link(token).await?;
        let LinkPurpose::Password(member) = link.purpose else { return Err(leads_nowhere()) };
        let member = self.store.member(link.organization, member).await?.ok_or_else(leads_nowhere)?;
        let user = self.store.user(member.user).await?.ok_or_else(leads_nowhere)?;
        Ok((link, user))
    }
}

fn leads_nowhere() -> Error {
    Error::Unauthenticated(Unauthenticated::Link)
}
