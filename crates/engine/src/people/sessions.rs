//! Signing in and out.

use std::sync::Arc;
use std::time::Duration;

use keywright_domain::{OrganizationId, SessionId, UserId};
use keywright_store::{
    AuditedCommand, Change, Command, Condition, KeyOwner, KeySelector, LinkToken, Member, Refusal, Session,
    User, UserChanges,
};

use super::{SignedIn, user_with_email};
use crate::Engine;
use crate::actor::{Actor, Credential, Origin};
use crate::change::{Act, MAX_ATTEMPTS, NotChanged, too_contended, unexpected};
use crate::error::{Error, Unauthenticated};
use crate::index::OwnerState;
use crate::secret::{SESSION, SecretToken};
use crate::text::Problems;
use crate::uses::harmless_agent;
use crate::verify::names;

/// The right to replace one's password with a key, as the Immich dialect calls it.
const CHANGE_PASSWORD: &str = "auth.changePassword";

/// How long a session lasts.
const SESSION_LASTS: Duration = Duration::from_hours(30 * 24);

/// How often it is noted that a session is in use.
const SEEN_EVERY: Duration = Duration::from_mins(5);

impl Engine {
    /// Signs a person in with e-mail address and password.
    pub async fn sign_in(&self, email: &str, password: &str, origin: Origin) -> Result<SignedIn, Error> {
        self.sign_in_if(email, password, origin, |_| true).await
    }

    /// The same, for members of one organization: to others their password is as good as wrong.
    pub async fn sign_in_to(
        &self,
        organization: OrganizationId,
        email: &str,
        password: &str,
        origin: Origin,
    ) -> Result<SignedIn, Error> {
        self.sign_in_if(email, password, origin, |user| self.role_of(user, organization).is_some()).await
    }

    async fn sign_in_if(
        &self,
        email: &str,
        password: &str,
        origin: Origin,
        is_welcome: impl Fn(UserId) -> bool,
    ) -> Result<SignedIn, Error> {
        let user = self.right_password(email, password, &origin, is_welcome).await?;
        self.begin_session(user, &origin).await
    }

    /// Whose address and password these are. Every attempt is charged for.
    pub(super) async fn right_password(
        &self,
        email: &str,
        password: &str,
        origin: &Origin,
        is_welcome: impl Fn(UserId) -> bool,
    ) -> Result<User, Error> {
        let email = email.trim().to_lowercase();
        let account = *self.pepper.digest_token("sign-in account", &email).as_bytes();
        self.throttle.charge_sign_in(account, origin.address, self.now())?;
        let user = user_with_email(self.store.as_ref(), &email).await?;
        let hashed = user.as_ref().and_then(|user| user.password_hash.clone());
        let matches = self.passwords.verify(password, hashed).await?;
        let Some(user) = user.filter(|user| matches && is_welcome(user.id)) else {
            self.counters().count_refused_sign_in();
            return Err(Error::Unauthenticated(Unauthenticated::Password));
        };
        self.throttle.forgive(account, origin.address);
        Ok(user)
    }

    /// Begins a session of somebody whose password was right, unless it was replaced while it was looked at: whoever
    /// replaces a password that leaked must not find its thief signed in afterwards.
    async fn begin_session(&self, mut user: User, origin: &Origin) -> Result<SignedIn, Error> {
        for _ in 0..MAX_ATTEMPTS {
            let unchanged = Condition::UserUnchanged(user.id, user.revision);
            let (signed_in, command) = self.new_session(user.clone(), origin);
            let command = Command::If { conditions: vec![unchanged], then: Box::new(command) };
            let command = AuditedCommand { command, audit: Vec::new(), idempotency: None };
            match self.carry_out(command).await? {
                Ok(_) => return Ok(signed_in),
                Err(Refusal::Changed) => {}
                Err(refusal) => return Err(unexpected(&refusal)),
            }
            // Something else of the person may have changed: their name, their first steps.
            let now = self.store.user(user.id).await?;
            let same = now.filter(|now| now.password_hash == user.password_hash);
            user = same.ok_or(Error::Unauthenticated(Unauthenticated::Password))?;
        }
        Err(too_contended())
    }

    /// Lets in the bearer of a session token. `named_organization`: one of the user's, by id or number; the first one
    /// unless it is named.
    pub async fn authenticate_session(
        &self,
        token: &str,
        named_organization: Option<&str>,
        origin: Origin,
    ) -> Result<Actor, Error> {
        let refused = || Error::Unauthenticated(Unauthenticated::Session);
        let session = self.store.session(self.pepper.digest_token(SESSION, token)).await?;
        let session =
            session.filter(|session| !session.expires_at.has_passed(self.now())).ok_or_else(refused)?;
        let user = self.store.user(session.user).await?.ok_or_else(refused)?;
        let memberships = self.memberships(user.id);
        let owner = match named_organization {
            None => memberships.first().cloned().ok_or_else(refused)?,
            Some(named) => {
                memberships.iter().find(|owner| names(named, &owner.organization)).cloned().ok_or_else(
                    || Error::forbidden("you are no member of the organization that X-Org-ID names"),
                )?
            }
        };
        self.note_seen(&session);
        let credential =
            Credential::Session { id: session.id, must_change_password: user.must_change_password };
        Ok(Actor::new(owner, credential, origin))
    }

    /// Notes that a session is in use, once in a while, and waits for nothing: a session that cannot be noted is none the
    /// less in force.
    fn note_seen(&self, session: &Session) {
        let (now, seen) = (self.now(), session.last_seen_at.unwrap_or(session.created_at));
        if now < seen.plus(SEEN_EVERY) {
            return;
        }
        let command = Command::NoteSession { id: session.id, at: now };
        let command = AuditedCommand { command, audit: Vec::new(), idempotency: None };
        if let Ok(writer) = self.writer() {
            writer.leave(command);
        }
    }

    /// A person's accepted memberships of open organizations, by the organizations' numbers.
    pub(super) fn memberships(&self, user: UserId) -> Vec<Arc<OwnerState>> {
        let mut found: Vec<Arc<OwnerState>> = self
            .index()
            .open_organizations()
            .into_iter()
            .filter_map(|organization| organization.owner(KeyOwner::User(user)))
            .filter(|owner| owner.ceiling().role.is_some())
            .collect();
        found.sort_by_key(|owner| owner.organization.number);
        found
    }

    /// Ends the caller's session.
    pub async fn sign_out(&self, actor: &Actor) -> Result<(), Error> {
        self.carry_out_unattended(Command::DeleteSession(session_of(actor)?.0)).await
    }

    /// Ends all sessions of the caller's user.
    pub async fn sign_out_everywhere(&self, actor: &Actor) -> Result<(), Error> {
        let (_, user) = session_of(actor)?;
        self.carry_out_unattended(Command::DeleteSessionsOf { user, except: None }).await
    }

    /// Replaces the caller's password and ends the user's other sessions; where somebody else had set it, the keys that
    /// were made in the person's name until then end too. Needs a session; under the rules of the Immich
    /// dialect a key with `auth.changePassword` will do.
    pub async fn change_password(&self, actor: &Actor, current: &str, new: &str) -> Result<(), Error> {
        let (session, user) = match (actor.user(), actor.credential()) {
            (Some(user), Credential::Key { .. })
                if actor.is_under_immich_rules() && actor.holds(CHANGE_PASSWORD) =>
            {
                (None, user)
            }
            _ => session_of(actor).map(|(session, user)| (Some(session), user))?,
        };
        let mut problems = Problems::default();
        problems.password("newPassword", new);
        if current == new {
            problems.add("newPassword", "must be another than the current one");
        }
        problems.finish()?;
        let before = self.check_present_password(actor, user, current).await?;
        let hashed = self.passwords.hash(new.to_owned(), self.random.as_ref()).await?;
        let act = Act::new("user.changePassword", "user", user.uuid());
        let memberships = self.store.memberships(user).await?;
        let commands = replacing_password(&before, hashed, session, &memberships);
        match self.change(actor, &act, Command::All(commands), ()).await {
            Ok(_) => {
                if before.must_change_password {
                    self.recent_secrets.drop_of(|_| true, None);
                }
                Ok(())
            }
            Err(NotChanged::Refused(Refusal::Changed)) => Err(too_contended()),
            Err(other) => Err(other.into_error(|_| None)),
        }
    }

    /// The person whom the caller acts for, if they know their password. Every attempt is charged for.
    pub(super) async fn check_present_password(
        &self,
        actor: &Actor,
        user: UserId,
        password: &str,
    ) -> Result<User, Error> {
        let account = *self.pepper.digest_token("password change", &user.to_string()).as_bytes();
        self.throttle.charge_sign_in(account, actor.origin().address, self.now())?;
        let refused = || Error::Unauthenticated(Unauthenticated::Session);
        let user = self.store.user(user).await?.ok_or_else(refused)?;
        if !self.passwords.verify(password, user.password_hash.clone()).await? {
            self.counters().count_refused_sign_in();
            return Err(Error::invalid("currentPassword", "is not the current password"));
        }
        self.throttle.forgive(account, actor.origin().address);
        Ok(user)
    }

    /// Charges an attempt to sign in elsewhere to where it comes from, before anybody is asked on its behalf.
    pub fn charge_sign_in_from(&self, origin: &Origin) -> Result<(), Error> {
        self.throttle.charge_sign_in_from(origin.address, self.now())
    }

    /// Ends the session with this token, if there is one: another begins in the browser that showed it.
    pub async fn end_session_of(&self, token: &str) -> Result<(), Error> {
        let Some(session) = self.store.session(self.pepper.digest_token(SESSION, token)).await? else {
            return Ok(());
        };
        self.carry_out_unattended(Command::DeleteSession(session.id)).await
    }

    /// A session to be, and the command that begins it.
    pub(super) fn new_session(&self, user: User, origin: &Origin) -> (SignedIn, Command) {
        let token = SecretToken::generate(self.random.as_ref());
        let now = self.now();
        let expires_at = now.plus(SESSION_LASTS);
        let session = Session {
            id: self.new_id(),
            digest: self.pepper.digest_token(SESSION, token.expose()),
            user: user.id,
            created_at: now,
            expires_at,
            last_seen_at: None,
            address: origin.address,
            agent: origin.agent.as_deref().map(harmless_agent),
        };
        (SignedIn { token, expires_at, user }, Command::CreateSession(session))
    }

    /// Carries out a command of which the audit log need not tell.
    pub(super) async fn carry_out_unattended(&self, command: Command) -> Result<(), Error> {
        let command = AuditedCommand { command, audit: Vec::new(), idempotency: None };
        self.carry_out(command).await?.map(drop).map_err(|refusal| unexpected(&refusal))
    }

    /// A link that still leads somewhere.
    pub(crate) async fn open_link(&self, token: &str) -> Result<LinkToken, Error> {
        let digest = self.pepper.digest_token(crate::secret::LINK, token);
        let link = self.store.link_token(digest).await?;
        let is_open = |link: &LinkToken| link.used_at.is_none() && !link.expires_at.has_passed(self.now());
        link.filter(is_open).ok_or_else(|| {
            self.counters().count_refused_sign_in();
            Error::Unauthenticated(Unauthenticated::Link)
        })
    }
}

/// What whoever showed a link is told when its use was refused.
pub(super) fn link_refused(refusal: &Refusal) -> Option<Error> {
    match refusal {
        Refusal::LinkUsed | Refusal::NotFound => Some(Error::Unauthenticated(Unauthenticated::Link)),
        Refusal::Changed => Some(too_contended()),
        _ => None,
    }
}

/// Replaces a person's password, ends their sessions but one and voids links for another password; where somebody else had
/// set it, the keys that were made in their name until then end too.
pub(super) fn replacing_password(
    before: &User,
    hashed: String,
    except: Option<SessionId>,
    memberships: &[Member],
) -> Vec<Command> {
    let user = before.id;
    let changes = UserChanges {
        password_hash: Change::Set(Some(hashed)),
        must_change_password: Change::Set(false),
        should_change_password: Change::Set(false),
        ..UserChanges::default()
    };
    // Pinned to what was looked at: a password that was replaced meanwhile is not replaced on the old one's word.
    let mut commands = vec![
        Command::UpdateUser { id: user, unchanged_since: before.revision, changes },
        Command::DeleteSessionsOf { user, except },
        Command::VoidPasswordLinks(user),
    ];
    if before.must_change_password {
        // Whoever set that password could sign in with it, and may have kept a key.
        commands.extend(memberships.iter().map(|membership| {
            let which = KeySelector { owner: Some(KeyOwner::User(user)), ..KeySelector::default() };
            Command::RevokeKeys { organization: membership.organization, which }
        }));
    }
    commands
}

pub(super) fn session_of(actor: &Actor) -> Result<(SessionId, UserId), Error> {
    match (actor.credential(), actor.user()) {
        (Credential::Session { id, .. }, Some(user)) => Ok((*id, user)),
        _ => Err(Error::forbidden("this needs a signed-in session, not an API key")),
    }
}
