//! The way of every change: checked, written with its audit event, applied, answered.

use std::time::Duration;

use keywright_domain::{AuditEventId, Denial, OrganizationId, Timestamp, UserId};
use keywright_store::{
    ActorKind, Applied, AuditEvent, AuditedCommand, Command, Condition, KeyOwner, Refusal, Revision,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::Engine;
use crate::actor::{Actor, Credential, Origin};
use crate::error::{Error, Unauthenticated};
use crate::idempotency::{self, read_answer};
use crate::uses::harmless_agent;
use crate::writer::Writer;

/// How long an answer waits for its own node to apply a committed change.
const APPLY_WITHIN: Duration = Duration::from_secs(10);
/// How often a change is decided anew because its row was written meanwhile.
pub(crate) const MAX_ATTEMPTS: usize = 5;

/// The longest text in an audit event's details, in characters.
const MAX_DETAIL_CHARS: usize = 256;

/// What a change is, for the audit log.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    /// Such as `apiKey.revoke`.
    pub(crate) action: &'static str,
    /// What kind of thing it is done to, such as `apiKey`.
    pub(crate) target_kind: &'static str,
    /// The thing's id.
    pub(crate) target: Option<Uuid>,
    /// What else is worth knowing; never a secret.
    pub(crate) details: Map<String, Value>,
}

impl Act {
    pub(crate) fn new(
        action: &'static str,
        target_kind: &'static str,
        target: impl Into<Option<Uuid>>,
    ) -> Self {
        Self { action, target_kind, target: target.into(), details: Map::new() }
    }

    /// Notes a fact. Of a text the first 256 characters are kept: what a caller sends must not fill the disk. Control
    /// characters become U+FFFD: one of them, U+0000, not every database can keep, and the others deceive who reads.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = match value.into() {
            Value::String(text) if text.len() > MAX_DETAIL_CHARS || text.chars().any(char::is_control) => {
                let visible = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
                Value::String(text.chars().take(MAX_DETAIL_CHARS).map(visible).collect())
            }
            value => value,
        };
        self.details.insert(name.to_owned(), value);
        self
    }
}

/// Why a change was not made.
#[derive(Debug)]
pub(crate) enum NotChanged {
    /// The state of things refused it.
    Refused(Refusal),
    /// Anything else.
    Failed(Error),
}

/// What was decided upon what was read.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives on the stack of one change, and is nearly always the large one"
)]
pub(crate) enum Decided<T> {
    /// There is nothing to write: this is the answer.
    Answer(T),
    /// This is to be written, and what it comes to.
    Write(Act, Command, T),
}

impl From<Error> for NotChanged {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A change that was made: now, or by an earlier sending of the same request.
#[derive(Debug)]
pub(crate) struct Changed<T> {
    pub(crate) value: T,
    pub(crate) is_repetition: bool,
}

impl Engine {
    /// Carries a command out with its audit event, and returns when this node has applied it. `value` is what it
    /// comes to, kept for an idempotent repetition.
    pub(crate) async fn change<T: Serialize + DeserializeOwned>(
        &self,
        actor: &Actor,
        act: &Act,
        command: Command,
        value: T,
    ) -> Result<Changed<T>, NotChanged> {
        let record = actor.idempotency.map(|it| idempotency::record(it, Some(&value), self.now()));
        let audit = vec![self.audit_event(actor, act, None)];
        let command = guarded(actor, command);
        match self.carry_out(AuditedCommand { command, audit, idempotency: record }).await? {
            Ok(_) => Ok(Changed { value, is_repetition: false }),
            Err(refusal) => repeated(actor, refusal).map(|value| Changed { value, is_repetition: true }),
        }
    }

    /// Reads, decides and writes a change of a row, and does so anew when the row was written by somebody else in between:
    /// what was decided upon is what is changed, or nothing is. `decide` reads and checks; `refused` says which other
    /// refusals of the store are expected.
    pub(crate) async fn change_row<T: Serialize + DeserializeOwned, Deciding>(
        &self,
        actor: &Actor,
        refused: impl Fn(&Refusal) -> Option<Error>,
        decide: impl Fn() -> Deciding,
    ) -> Result<T, Error>
    where
        Deciding: Future<Output = Result<Decided<T>, Error>>,
    {
        for _ in 0..MAX_ATTEMPTS {
            let (act, command, value) = match decide().await? {
                Decided::Answer(value) => return Ok(value),
                Decided::Write(act, command, value) => (act, command, value),
            };
            match self.change(actor, &act, command, value).await {
                Ok(changed) => return Ok(changed.value),
                Err(NotChanged::Refused(Refusal::Changed)) => {}
                Err(other) => return Err(other.into_error(&refused)),
            }
        }
        Err(too_contended())
    }

    /// Like [`Engine::change`] for a command that counts what it concerned.
    pub(crate) async fn change_counted(
        &self,
        actor: &Actor,
        act: &Act,
        command: Command,
    ) -> Result<u64, NotChanged> {
        let count = |applied| match applied {
            Applied::Count(count) => Some(count),
            _ => Some(0),
        };
        self.change_told(actor, act, command, count).await
    }

    /// Like [`Engine::change`] for a command of which only the store knows what it comes to; `told` reads that.
    pub(crate) async fn change_told<T: DeserializeOwned>(
        &self,
        actor: &Actor,
        act: &Act,
        command: Command,
        told: impl FnOnce(Applied) -> Option<T>,
    ) -> Result<T, NotChanged> {
        let record = actor.idempotency.map(|it| idempotency::record::<u64>(it, None, self.now()));
        let audit = vec![self.audit_event(actor, act, None)];
        let command = guarded(actor, command);
        match self.carry_out(AuditedCommand { command, audit, idempotency: record }).await? {
            Ok(applied) => told(applied).ok_or_else(|| {
                NotChanged::Failed(Error::Internal(
                    "a command had another outcome than it can have".to_owned(),
                ))
            }),
            Err(refusal) => repeated(actor, refusal),
        }
    }

    /// Carries a command out and waits until this node has applied it.
    ///
    /// Also when nothing had to be done, or it was done before: what the answer says ("it is revoked") must be in force
    /// here when it is given.
    pub(crate) async fn carry_out(&self, command: AuditedCommand) -> Result<Result<Applied, Refusal>, Error> {
        let (outcome, current) = self.writer()?.write(command).await?;
        self.wait_until_applied(current).await?;
        Ok(outcome)
    }

    /// Waits until this node has applied all that is committed now: before an answer that rests on what was read.
    pub(crate) async fn catch_up(&self) -> Result<(), Error> {
        let nothing = AuditedCommand { command: Command::Note, audit: Vec::new(), idempotency: None };
        self.carry_out(nothing).await?.map(drop).map_err(|refusal| unexpected(&refusal))
    }

    pub(crate) fn writer(&self) -> Result<Writer, Error> {
        self.writer.lock().clone().ok_or_else(|| Error::Unavailable("the server is stopping".to_owned()))
    }

    async fn wait_until_applied(&self, revision: Revision) -> Result<(), Error> {
        let mut applied = self.applied.clone();
        let reached = applied.wait_for(|applied| *applied >= revision);
        match tokio::time::timeout(APPLY_WITHIN, reached).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(Error::Unavailable(
                "the change is committed, but this server has not taken it up yet; look before you repeat it"
                    .to_owned(),
            )),
        }
    }

    /// Does a change; if the caller may not, the refusal is written to the audit log too.
    pub(crate) async fn audited<T>(
        &self,
        actor: &Actor,
        act: Act,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let result = work.await;
        if let Err(Error::Forbidden { message, .. } | Error::BeyondGranter { message, .. }) = &result {
            self.note_refusal(actor, &act, message.clone()).await;
        }
        result
    }

    /// Writes a refusal to the audit log. The caller is refused in any case: what cannot be noted is in the operator's
    /// log.
    pub(crate) async fn note_refusal(&self, actor: &Actor, act: &Act, message: String) {
        let event = self.audit_event(actor, act, Some(message));
        let note = AuditedCommand { command: Command::Note, audit: vec![event], idempotency: None };
        if let Err(error) = self.carry_out(note).await {
            tracing::error!(%error, action = act.action, "a refusal could not be written to the audit log");
        }
    }

    /// An audit event of a change by `actor`.
    pub(crate) fn audit_event(&self, actor: &Actor, act: &Act, refused: Option<String>) -> AuditEvent {
        let (actor_kind, id) = match (actor.portal(), actor.principal()) {
            (Some(portal), _) => (ActorKind::Portal, portal.session.uuid()),
            (None, KeyOwner::User(id)) => (ActorKind::User, id.uuid()),
            (None, KeyOwner::ServiceAccount(id)) => (ActorKind::ServiceAccount, id.uuid()),
        };
        let told = actor.portal().map(|portal| act.clone().with("externalId", portal.customer.as_str()));
        let act = told.as_ref().unwrap_or(act);
        AuditEvent {
            actor_kind,
            actor: Some(id),
            key: actor.key_id(),
            refused,
            address: actor.origin().address,
            agent: actor.origin().agent.as_deref().map(harmless_agent),
            request_id: actor.origin().request_id.clone(),
            ..system_event(self.new_id(), self.now(), actor.organization_id(), act)
        }
    }

    /// An audit event of what somebody did who is not authenticated yet: the bearer of a link.
    pub(crate) fn bearer_event(
        &self,
        organization: OrganizationId,
        user: UserId,
        act: &Act,
        origin: &Origin,
    ) -> AuditEvent {
        AuditEvent {
            actor_kind: ActorKind::User,
            actor: Some(user.uuid()),
            address: origin.address,
            agent: origin.agent.as_deref().map(harmless_agent),
            request_id: origin.request_id.clone(),
            ..system_event(self.new_id(), self.now(), organization, act)
        }
    }
}

/// The command, on condition that the caller's credential is in force when it is carried out: it may have been revoked
/// since it was looked at.
pub(crate) fn guarded(actor: &Actor, command: Command) -> Command {
    let in_force = in_force(actor);
    match command {
        Command::If { mut conditions, then } => {
            conditions.extend(in_force);
            Command::If { conditions, then }
        }
        command => Command::If { conditions: in_force, then: Box::new(command) },
    }
}

/// What must hold while the caller's credential is in force.
fn in_force(actor: &Actor) -> Vec<Condition> {
    match actor.credential() {
        Credential::Key { id, secret, .. } => vec![Condition::KeyInForce(*id, *secret)],
        Credential::Session { id, .. } => vec![Condition::SessionOpen(*id, actor.organization_id())],
        Credential::Portal(portal) => {
            let mut conditions = in_force(&portal.opener);
            conditions.push(Condition::PortalOpen(portal.session));
            conditions
        }
    }
}

/// What an earlier sending of the request came to, if that is why the store refused.
pub(crate) fn repeated<T: DeserializeOwned>(actor: &Actor, refusal: Refusal) -> Result<T, NotChanged> {
    match (refusal, &actor.idempotency) {
        (Refusal::CredentialGone, _) => {
            Err(NotChanged::Failed(Error::Unauthenticated(match actor.credential() {
                Credential::Key { .. } => Unauthenticated::Key(Denial::KeyDisabled),
                Credential::Session { .. } => Unauthenticated::Session,
                Credential::Portal(_) => Unauthenticated::Portal,
            })))
        }
        (Refusal::Unreadable(reason), _) => Err(NotChanged::Failed(Error::Internal(reason))),
        (Refusal::AlreadyAnswered(record), Some(idempotency)) => Ok(read_answer(idempotency, &record)?),
        (refusal, _) => Err(NotChanged::Refused(refusal)),
    }
}

/// An audit event of what the server or its operator did.
pub(crate) fn system_event(
    id: AuditEventId,
    at: Timestamp,
    organization: OrganizationId,
    act: &Act,
) -> AuditEvent {
    AuditEvent {
        id,
        organization,
        at,
        actor_kind: ActorKind::System,
        actor: None,
        key: None,
        action: act.action.to_owned(),
        target_kind: act.target_kind.to_owned(),
        target: act.target,
        refused: None,
        address: None,
        agent: None,
        request_id: None,
        details: act.details.clone(),
    }
}

/// The answer to a change that ran into too many others.
pub(crate) fn too_contended() -> Error {
    Error::Conflict("it is being changed by others at the same time; try again".to_owned())
}

/// A refusal that the callers of a change cannot cause.
pub(crate) fn unexpected(refusal: &Refusal) -> Error {
    tracing::error!(%refusal, "the store refused a command for a reason that this command should not meet");
    Error::Internal(format!("unexpected refusal: {refusal}"))
}

impl NotChanged {
    /// The error, where no refusal of the store is expected but these.
    pub(crate) fn into_error(self, expected: impl FnOnce(&Refusal) -> Option<Error>) -> Error {
        match self {
            Self::Failed(error) => error,
            Self::Refused(refusal) => expected(&refusal).unwrap_or_else(|| unexpected(&refusal)),
        }
    }
}
