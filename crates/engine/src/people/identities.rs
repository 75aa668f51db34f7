//! Signing in as somebody whom a provider of identities has proven. Nobody is linked to an identity unless they say so
//! themselves: an address that a provider has verified only tells whom to ask.

use keywright_domain::IdentityId;
use keywright_store::{
    AuditedCommand, Command, Condition, IdempotencyRecord, LinkedIdentity, Refusal, UniqueField, User,
};

use super::SignedIn;
use super::sessions::session_of;
use crate::Engine;
use crate::actor::{Actor, Origin};
use crate::change::{Act, guarded, too_contended, unexpected};
use crate::error::Error;

/// What a provider has proven of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenIdentity {
    /// Who proved it.
    pub issuer: String,
    /// What it calls them, for ever.
    pub subject: String,
    /// Their address, in lower case, if it has verified that it is theirs.
    pub verified_email: Option<String>,
}

/// Whom an identity leads to.
#[derive(Debug)]
pub enum Recognized {
    /// Somebody who linked it: they are signed in.
    SignedIn(SignedIn),
    /// Somebody who has this address here, and has not linked it: they are to be asked.
    Unlinked {
        /// The address.
        email: String,
    },
    /// Nobody here.
    Nobody,
}

impl Engine {
    /// Signs in whoever linked an identity. `attempt` names this attempt to sign in, which succeeds once.
    pub async fn sign_in_by_identity(
        &self,
        identity: &ProvenIdentity,
        attempt: &str,
        origin: Origin,
    ) -> Result<Recognized, Error> {
        let linked = self.store.identity(&identity.issuer, &identity.subject).await?;
        let Some(linked) = linked else { return self.whose_address(identity).await };
        let Some(user) = self.store.user(linked.user).await? else { return Ok(Recognized::Nobody) };
        self.require_membership(&user)?;
        let (signed_in, session) = self.new_session(user, &origin);
        let conditions = vec![Condition::IdentityLinked(linked.id, linked.user)];
        let command = AuditedCommand {
            command: Command::If { conditions, then: Box::new(session) },
            audit: Vec::new(),
            idempotency: Some(self.once(attempt)),
        };
        match self.carry_out(command).await? {
            Ok(_) => Ok(Recognized::SignedIn(signed_in)),
            Err(Refusal::CredentialGone) => Ok(Recognized::Nobody),
            Err(refusal) => Err(not_linked(&refusal)),
        }
    }

    async fn whose_address(&self, identity: &ProvenIdentity) -> Result<Recognized, Error> {
        let Some(email) = &identity.verified_email else { return Ok(Recognized::Nobody) };
        if email.chars().any(char::is_control) {
            return Ok(Recognized::Nobody);
        }
        // Somebody without a password was invited and has not accepted: the invitation is theirs to accept first.
        let user = self.store.user_by_email(email).await?.filter(|user| user.password_hash.is_some());
        Ok(user.map_or(Recognized::Nobody, |_| Recognized::Unlinked { email: email.clone() }))
    }

    /// Links an identity to the person with its address, who shows that they are the one by their password, and signs them
    /// in.
    pub async fn link_by_password(
        &self,
        identity: &ProvenIdentity,
        password: &str,
        attempt: &str,
        origin: Origin,
    ) -> Result<SignedIn, Error> {
        let email = identity.verified_email.as_deref().ok_or_else(not_verified)?;
        let user = self.right_password(email, password, &origin, |_| true).await?;
        if user.must_change_password {
            return Err(Error::forbidden(
                "your password was set by somebody else: sign in with it and replace it first",
            ));
        }
        let organization = self.require_membership(&user)?;
        let unchanged = Condition::UserUnchanged(user.id, user.revision);
        let (link, act) = self.link(identity, &user);
        let event = self.bearer_event(organization, user.id, &act, &origin);
        let (signed_in, session) = self.new_session(user, &origin);
        let then = Box::new(Command::All(vec![link, session]));
        let command = AuditedCommand {
            command: Command::If { conditions: vec![unchanged], then },
            audit: vec![event],
            idempotency: Some(self.once(attempt)),
        };
        let outcome = self.carry_out(command).await?;
        outcome.map(|_| signed_in).map_err(|refusal| not_linked(&refusal))
    }

    /// Links an identity to the caller, who has its address and a session.
    pub async fn link_to_self(
        &self,
        actor: &Actor,
        identity: &ProvenIdentity,
        attempt: &str,
    ) -> Result<(), Error> {
        session_of(actor)?;
        actor.require_own_password()?;
        let user = self.own_user(actor).await?;
        let email = identity.verified_email.as_deref().ok_or_else(not_verified)?;
        if user.email.as_deref() != Some(email) {
            return Err(Error::forbidden("that account has another address than yours here"));
        }
        let (link, act) = self.link(identity, &user);
        let command = AuditedCommand {
            command: guarded(actor, link),
            audit: vec![self.audit_event(actor, &act, None)],
            idempotency: Some(self.once(attempt)),
        };
        self.carry_out(command).await?.map(drop).map_err(|refusal| not_linked(&refusal))
    }

    /// The identities that the caller linked. Needs a session.
    pub async fn own_identities(&self, actor: &Actor) -> Result<Vec<LinkedIdentity>, Error> {
        let (_, user) = session_of(actor)?;
        Ok(self.store.identities_of(user).await?)
    }

    /// Takes an identity off: it signs nobody in any more. Sessions that it began go on. Needs a session, and the password:
    /// whoever finds a browser open takes nobody's way to sign in, and nobody loses the only one that they can still go.
    pub async fn unlink_own_identity(
        &self,
        actor: &Actor,
        id: IdentityId,
        password: &str,
    ) -> Result<(), Error> {
        let (_, user) = session_of(actor)?;
        actor.require_own_password()?;
        self.check_present_password(actor, user, password).await?;
        let act = Act::new("identity.unlink", "identity", id.uuid());
        let changed = self.change(actor, &act, Command::UnlinkIdentity { user, id }, ()).await;
        changed.map(drop).map_err(|refused| {
            refused.into_error(|refusal| {
                (*refusal == Refusal::NotFound).then_some(Error::NotFound { kind: "linked account" })
            })
        })
    }

    /// What links, and what the audit log says of it.
    fn link(&self, identity: &ProvenIdentity, user: &User) -> (Command, Act) {
        let id: IdentityId = self.new_id();
        let linked = LinkedIdentity {
            id,
            user: user.id,
            issuer: identity.issuer.clone(),
            subject: identity.subject.clone(),
            created_at: self.now(),
        };
        let act = Act::new("identity.link", "identity", id.uuid()).with("issuer", identity.issuer.as_str());
        (Command::LinkIdentity(linked), act)
    }

    /// The first organization that the person is a member of: whoever was removed from all has nothing to sign in to.
    fn require_membership(&self, user: &User) -> Result<keywright_domain::OrganizationId, Error> {
        let memberships = self.memberships(user.id);
        let first = memberships.first().map(|owner| owner.organization.id);
        first.ok_or_else(|| Error::forbidden("you are no member of any organization here any more"))
    }

    /// Recorded with what an attempt comes to, so that no other comes of it.
    fn once(&self, attempt: &str) -> IdempotencyRecord {
        let digest = self.pepper.digest_token("sign-in attempt", attempt);
        IdempotencyRecord { digest, body: digest, answer: "done".to_owned(), created_at: self.now() }
    }
}

fn not_verified() -> Error {
    Error::forbidden("the provider has not verified that the address is yours")
}

fn not_linked(refusal: &Refusal) -> Error {
    match refusal {
        Refusal::AlreadyAnswered(_) => {
            Error::Conflict("this attempt to sign in was finished already: start again".to_owned())
        }
        Refusal::NotUnique(UniqueField::LinkedIdentity) => Error::Conflict(
            "an account of this provider is linked already: take it off on your account page first"
                .to_owned(),
        ),
        Refusal::Changed => too_contended(),
        Refusal::CredentialGone => Error::Unauthenticated(crate::error::Unauthenticated::Session),
        other => unexpected(other),
    }
}
