//! New signing keys: the first, those that are due, and those that somebody asks for.

use keywright_domain::{Right, Timestamp};
use keywright_store::{AuditedCommand, Command, Refusal, SealedSigningKey, UniqueField};

use super::pair::KeyPair;
use super::ring::Ring;
use super::schedule::{Due, PUBLISHED_BEFORE, due, published_until};
use super::{rotate_act, seal};
use crate::Engine;
use crate::actor::Actor;
use crate::change::{MAX_ATTEMPTS, NotChanged, system_event, too_contended, unexpected};
use crate::error::Error;
use crate::root_key::commit;
use crate::start::{EngineParts, StartError};

/// The number of the organization whose people run the server.
const FIRST: i64 = 1;

/// A public key that verifies tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Its name.
    pub kid: String,
    /// The key, as JSON Web Keys spell it (RFC 8037, member `x`).
    pub x: String,
}

/// Where a signing key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningKeyState {
    /// It is published and will sign.
    Next,
    /// It signs.
    Current,
    /// It signed, and tokens that it signed may still hold.
    Previous,
}

/// What may be told of a signing key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKeyFacts {
    /// Its name.
    pub kid: String,
    /// Where it stands.
    pub state: SigningKeyState,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs or signed.
    pub signs_from: Timestamp,
    /// Until when it is published; `None` as long as no other takes over.
    pub published_until: Option<Timestamp>,
}

impl Engine {
    /// The public keys of all tokens that hold, and of the next ones. For everybody.
    pub fn public_keys(&self) -> Vec<PublicKey> {
        let ring = self.ring();
        let published = ring.published(self.now());
        published.map(|(pair, _)| PublicKey { kid: pair.kid.clone(), x: pair.public() }).collect()
    }

    /// The signing keys, oldest first. They are the server's own: for the first organization's callers with
    /// `organization.read` or `organization.update`.
    pub fn signing_keys(&self, actor: &Actor) -> Result<Vec<SigningKeyFacts>, Error> {
        actor.require_one_of(&[Right::OrganizationRead, Right::OrganizationUpdate])?;
        require_operator(actor)?;
        Ok(self.signing_key_facts())
    }

    fn signing_key_facts(&self) -> Vec<SigningKeyFacts> {
        facts(&self.ring(), self.now())
    }

    /// Makes another signing key. It is published at once, and signs an hour later. `withdraw`: it signs at once, and all
    /// earlier ones are forgotten, so that no token of theirs holds any more for whoever asks for the published keys anew.
    ///
    /// For the first organization's callers with `organization.update`.
    pub async fn rotate_signing_keys(
        &self,
        actor: &Actor,
        withdraw: bool,
    ) -> Result<Vec<SigningKeyFacts>, Error> {
        let act = rotate_act(withdraw);
        self.audited(actor, act.clone(), async {
            actor.require(Right::OrganizationUpdate)?;
            require_operator(actor)?;
            for _ in 0..MAX_ATTEMPTS {
                if let Some(()) = self.answered_before(actor).await? {
                    return Ok(self.signing_key_facts());
                }
                let next = next_after(&self.index().signing_keys(), withdraw, self.now());
                let (position, signs_from) = next.map_err(|published| {
                    Error::Conflict(format!(
                        "another signing key is published already and signs from {published}; to have it sign at once, \
                         and the earlier ones forgotten, rotate with `withdraw`"
                    ))
                })?;
                let command = adding(self.make(position, signs_from), withdraw);
                match self.change(actor, &act, command, ()).await {
                    Ok(_) => return Ok(self.signing_key_facts()),
                    // Another was made at the same time.
                    Err(NotChanged::Refused(Refusal::NotUnique(UniqueField::Identity))) => {
                        self.catch_up().await?;
                    }
                    Err(other) => return Err(other.into_error(|_| None)),
                }
            }
            Err(too_contended())
        })
        .await
    }

    /// Makes the next signing key when the present one grows old, and forgets those whose last token has ended. Called
    /// every minute by the engine itself; on every node: of several that make one, one does.
    pub async fn tend_signing_keys(&self) -> Result<(), Error> {
        let (rows, now) = (self.index().signing_keys(), self.now());
        let can_sign = self.ring().current(now).is_some();
        let Due { make, forget_before } = due(&rows, can_sign, now);
        if let Some((position, signs_from)) = make {
            let act = rotate_act(false);
            let first = self.index().open_organizations().into_iter().find(|one| one.number == FIRST);
            let event = first.map(|first| system_event(self.new_id(), now, first.id, &act));
            let command = Command::AddSigningKey(self.make(position, signs_from));
            match self.tend(command, event).await? {
                Ok(()) => tracing::info!(position, %signs_from, "made another signing key"),
                Err(Refusal::NotUnique(UniqueField::Identity)) => {}
                Err(refusal) => return Err(unexpected(&refusal)),
            }
        }
        if let Some(position) = forget_before {
            let done = self.tend(Command::DropSigningKeysBefore(position), None).await?;
            done.map_err(|refusal| unexpected(&refusal))?;
        }
        Ok(())
    }

    async fn tend(
        &self,
        command: Command,
        event: Option<keywright_store::AuditEvent>,
    ) -> Result<Result<(), Refusal>, Error> {
        let audit = event.into_iter().collect();
        let done = self.carry_out(AuditedCommand { command, audit, idempotency: None }).await?;
        Ok(done.map(drop))
    }

    fn make(&self, position: i64, signs_from: Timestamp) -> SealedSigningKey {
        KeyPair::generate(&self.signing.seal, self.random.as_ref(), position, self.now(), signs_from)
    }
}

/// What may be told of the keys that are published.
pub(super) fn facts(ring: &Ring, now: Timestamp) -> Vec<SigningKeyFacts> {
    let current = ring.current(now).map(|pair| pair.position);
    let facts = |(pair, stops): (&KeyPair, Option<Timestamp>)| SigningKeyFacts {
        kid: pair.kid.clone(),
        state: match Some(pair.position).cmp(&current) {
            std::cmp::Ordering::Less => SigningKeyState::Previous,
            std::cmp::Ordering::Equal => SigningKeyState::Current,
            std::cmp::Ordering::Greater => SigningKeyState::Next,
        },
        created_at: pair.created_at,
        signs_from: pair.signs_from,
        published_until: stops.map(published_until),
    };
    ring.published(now).map(facts).collect()
}

/// The position of another signing key, and from when on it signs; or, where one is published already that does not sign
/// yet, from when on that one will.
pub(super) fn next_after(
    rows: &[SealedSigningKey],
    withdraw: bool,
    now: Timestamp,
) -> Result<(i64, Timestamp), Timestamp> {
    let last = rows.last();
    if let Some(next) = last.filter(|last| !withdraw && !last.signs_from.has_passed(now)) {
        return Err(next.signs_from);
    }
    let position = last.map_or(1, |last| last.position + 1);
    Ok((position, if withdraw { now } else { now.plus(PUBLISHED_BEFORE) }))
}

/// Adds a signing key; `withdraw`: and forgets all earlier ones.
pub(super) fn adding(pair: SealedSigningKey, withdraw: bool) -> Command {
    let position = pair.position;
    let add = Command::AddSigningKey(pair);
    if withdraw { Command::All(vec![add, Command::DropSigningKeysBefore(position)]) } else { add }
}

/// Refuses who does not run the server: its keys sign for every organization.
fn require_operator(actor: &Actor) -> Result<(), Error> {
    if actor.organization_number() == FIRST {
        return Ok(());
    }
    Err(Error::forbidden(
        "the signing keys are the server's own: only its first organization may see and rotate them",
    ))
}

/// The first signing key.
pub(crate) fn first(parts: &EngineParts) -> SealedSigningKey {
    let now = parts.clock.now();
    KeyPair::generate(&seal(&parts.pepper), parts.random.as_ref(), 1, now, now)
}

/// Makes the first signing key in a store that has none: one of an earlier version, or one that was restored.
pub(crate) async fn ensure_one(parts: &EngineParts) -> Result<(), StartError> {
    if !parts.store.signing_keys().await?.is_empty() {
        return Ok(());
    }
    let organization = parts.store.organization_by_number(FIRST).await?.ok_or(StartError::NeverStarted)?;
    let made =
        commit(parts, organization.id, &rotate_act(false), vec![Command::AddSigningKey(first(parts))]).await;
    match made {
        // Another node that starts at the same time was first.
        Err(StartError::Refused(Refusal::NotUnique(UniqueField::Identity))) => Ok(()),
        made => made,
    }
}
