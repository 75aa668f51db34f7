//! What people do with their own account: their name, and where they are signed in.

use keywright_domain::SessionId;
use keywright_store::{Change, Command, Session, UserChanges};

use super::sessions::session_of;
use crate::Engine;
use crate::actor::Actor;
use crate::change::{Act, Decided};
use crate::error::Error;
use crate::text::Problems;

/// Sessions that are told, the newest. They end by themselves after a month.
const MAX_TOLD: u32 = 1_000;

/// One of the caller's sessions.
#[derive(Debug)]
pub struct OwnSession {
    /// The session.
    pub session: Session,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

impl Engine {
    /// The caller's sessions that have not ended, a thousand at most: this one first, then those that began last. Needs a
    /// session.
    pub async fn own_sessions(&self, actor: &Actor) -> Result<Vec<OwnSession>, Error> {
        let (this, user) = session_of(actor)?;
        let mut sessions: Vec<OwnSession> = self
            .store
            .sessions_of(user, MAX_TOLD)
            .await?
            .into_iter()
            .filter(|session| !session.expires_at.has_passed(self.now()))
            .map(|session| OwnSession { is_this: session.id == this, session })
            .collect();
        if !sessions.iter().any(|one| one.is_this)
            && let Some(session) = self.store.session_by_id(this).await?
        {
            sessions.push(OwnSession { session, is_this: true });
        }
        sessions.sort_by_key(|session| !session.is_this);
        Ok(sessions)
    }

    /// Ends one of the caller's sessions. One that has ended, or that is somebody else's, is not there.
    pub async fn end_own_session(&self, actor: &Actor, id: SessionId) -> Result<(), Error> {
        let (_, user) = session_of(actor)?;
        let found = self.store.session_by_id(id).await?;
        if !found.is_some_and(|session| session.user == user && !session.expires_at.has_passed(self.now())) {
            return Err(Error::NotFound { kind: "session" });
        }
        let act = Act::new("session.end", "session", id.uuid());
        let changed = self.change(actor, &act, Command::DeleteSession(id), ()).await;
        changed.map(drop).map_err(|refused| refused.into_error(|_| None))
    }

    /// Gives the person behind the caller another name. Needs a session with a password of their own.
    pub async fn rename_self(&self, actor: &Actor, name: &str) -> Result<(), Error> {
        session_of(actor)?;
        actor.require_own_password()?;
        let mut problems = Problems::default();
        let name = problems.name("name", Some(name));
        problems.finish()?;
        self.change_row(
            actor,
            |_| None,
            || async {
                let before = self.own_user(actor).await?;
                if before.name == name {
                    return Ok(Decided::Answer(()));
                }
                let changes = UserChanges { name: Change::Set(name.clone()), ..UserChanges::default() };
                let act = Act::new("user.rename", "user", before.id.uuid()).with("name", name.as_str());
                let command =
                    Command::UpdateUser { id: before.id, unchanged_since: before.revision, changes };
                Ok(Decided::Write(act, command, ()))
            },
        )
        .await
    }
}
