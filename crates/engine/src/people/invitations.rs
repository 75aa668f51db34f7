//! Accepting an invitation: membership begins when the invited person does, signed in.

use keywright_store::{AuditedCommand, Change, Command, LinkPurpose, LinkToken, Member, User, UserChanges};

use super::SignedIn;
use super::sessions::link_refused;
use crate::Engine;
use crate::actor::{Actor, Credential, Origin};
use crate::change::{Act, NotChanged};
use crate::error::{Error, Unauthenticated};
use crate::text::Problems;

/// What a person who is new here gives with the invitation.
#[derive(Clone, Default)]
pub struct NewPerson {
    /// The name; the one in the invitation unless given.
    pub name: Option<String>,
    /// The password.
    pub password: String,
}

/// An invitation that was accepted.
#[derive(Debug)]
pub struct Accepted {
    /// The membership.
    pub member: Member,
    /// The session of a person who is new here.
    pub signed_in: Option<SignedIn>,
}

impl Engine {
    /// Accepts an invitation. A person who has a password already must be signed in as the one invited; one who is new
    /// chooses a password, and is signed in.
    pub async fn accept_invitation(
        &self,
        token: &str,
        new_person: Option<NewPerson>,
        actor: Option<&Actor>,
        origin: Origin,
    ) -> Result<Accepted, Error> {
        let link = self.open_link(token).await?;
        let LinkPurpose::Invitation(member) = link.purpose else {
            return Err(Error::Unauthenticated(Unauthenticated::Link));
        };
        let gone = || Error::Unauthenticated(Unauthenticated::Link);
        let member = self.store.member(link.organization, member).await?.ok_or_else(gone)?;
        let user = self.store.user(member.user).await?.ok_or_else(gone)?;
        if user.password_hash.is_some() {
            let is_invited = actor.is_some_and(|actor| {
                matches!(actor.credential(), Credential::Session { .. }) && actor.user() == Some(user.id)
            });
            if !is_invited {
                return Err(Error::forbidden("sign in as the person who was invited, then accept"));
            }
            if let Some(actor) = actor {
                actor.require_own_password()?;
            }
            return self.accept(&link, member, Vec::new(), None, &origin).await;
        }
        // Whoever sets the password is that person from then on, in every organization: so only the first invitation
        // that the address ever got lets its bearer do so. A later one, from another organization, does not.
        let memberships = self.store.memberships(user.id).await?;
        if memberships.first().is_some_and(|first| first.id != member.id) {
            return Err(Error::forbidden(
                "this address was invited by another organization before: accept that invitation first, then sign in",
            ));
        }
        let person =
            new_person.ok_or_else(|| Error::invalid("password", "is required: this person is new here"))?;
        self.accept_as_new(&link, member, user, person, &origin).await
    }

    async fn accept_as_new(
        &self,
        link: &LinkToken,
        member: Member,
        user: User,
        person: NewPerson,
        origin: &Origin,
    ) -> Result<Accepted, Error> {
        let mut problems = Problems::default();
        problems.password("password", &person.password);
        let name = problems.optional_line("name", person.name);
        problems.finish()?;
        let hashed = self.passwords.hash(person.password, self.random.as_ref()).await?;
        let changes = UserChanges {
            name: name.clone().map_or(Change::Keep, Change::Set),
            password_hash: Change::Set(Some(hashed)),
            must_change_password: Change::Set(false),
            ..UserChanges::default()
        };
        let id = user.id;
        let update = Command::UpdateUser { id, unchanged_since: user.revision, changes };
        let user = User { name: name.unwrap_or(user.name), must_change_password: false, ..user };
        let (signed_in, session) = self.new_session(user, origin);
        self.accept(link, member, vec![update, session], Some(signed_in), origin).await
    }

    async fn accept(
        &self,
        link: &LinkToken,
        member: Member,
        mut then: Vec<Command>,
        signed_in: Option<SignedIn>,
        origin: &Origin,
    ) -> Result<Accepted, Error> {
        then.push(Command::AcceptMembership { organization: link.organization, id: member.id });
        let act = Act::new("member.accept", "member", member.id.uuid());
        let event = self.bearer_event(link.organization, member.user, &act, origin);
        let command = Command::UseLinkToken { id: link.id, then };
        let outcome =
            self.carry_out(AuditedCommand { command, audit: vec![event], idempotency: None }).await?;
        outcome.map_err(|refusal| NotChanged::Refused(refusal).into_error(link_refused))?;
        let now = self.now();
        Ok(Accepted { member: Member { accepted_at: Some(now), updated_at: now, ..member }, signed_in })
    }
}
