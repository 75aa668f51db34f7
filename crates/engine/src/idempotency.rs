//! `Idempotency-Key`: a request that is repeated because its answer was lost is not carried out twice.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keywright_domain::{Digest, Timestamp};
use keywright_store::IdempotencyRecord;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::Engine;
use crate::actor::{Actor, Credential};
use crate::error::Error;

/// How long a request is remembered.
const REMEMBERED_FOR: Duration = Duration::from_hours(24);

/// The idempotency of one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Idempotency {
    /// Over organization, credential, method, path and `Idempotency-Key`.
    pub(crate) digest: Digest,
    body: Digest,
}

impl Engine {
    /// The same caller, whose next change is done once for this `Idempotency-Key`, method and path.
    ///
    /// It counts for the credential that was shown, not for its owner: a weaker key of the same owner must not be
    /// handed what a stronger one was answered.
    pub fn with_idempotency(
        &self,
        actor: Actor,
        method: &str,
        path: &str,
        key: &str,
        body: &[u8],
    ) -> Result<Actor, Error> {
        if !(1..=255).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::invalid("Idempotency-Key", "must be 1 to 255 visible ASCII characters"));
        }
        let caller = match actor.credential() {
            Credential::Key { id, .. } => id.uuid(),
            Credential::Session { id, .. } => id.uuid(),
            Credential::Portal(portal) => portal.session.uuid(),
        };
        let scope = format!("{}\0{caller}\0{method}\0{path}\0{key}", actor.organization_id());
        let body = STANDARD.encode(Sha256::digest(body));
        let idempotency = Idempotency {
            digest: self.pepper.digest_token("idempotency", &scope),
            body: self.pepper.digest_token("idempotency body", &body),
        };
        Ok(Actor { idempotency: Some(idempotency), ..actor })
    }

    /// What the caller's request was answered before, if it was. To be asked after the rights were checked.
    pub(crate) async fn answered_before<T: DeserializeOwned>(
        &self,
        actor: &Actor,
    ) -> Result<Option<T>, Error> {
        let Some(idempotency) = &actor.idempotency else { return Ok(None) };
        let record = self.store.idempotency(idempotency.digest).await?;
        let still_counts = |record: &IdempotencyRecord| self.now().since(record.created_at) < REMEMBERED_FOR;
        let Some(record) = record.filter(still_counts) else { return Ok(None) };
        // What was done then must be in force here before it is told again.
        self.catch_up().await?;
        read_answer(idempotency, &record).map(Some)
    }
}

/// What to write together with a change that comes to `answer`; `None` there: the store writes the count.
pub(crate) fn record<T: Serialize>(
    idempotency: Idempotency,
    answer: Option<&T>,
    now: Timestamp,
) -> IdempotencyRecord {
    let answer = answer.map(|answer| serde_json::to_string(answer).expect("answers are plain data"));
    IdempotencyRecord {
        digest: idempotency.digest,
        body: idempotency.body,
        answer: answer.unwrap_or_default(),
        created_at: now,
    }
}

/// The first answer; refused when the body is another.
pub(crate) fn read_answer<T: DeserializeOwned>(
    idempotency: &Idempotency,
    record: &IdempotencyRecord,
) -> Result<T, Error> {
    if record.body != idempotency.body {
        return Err(Error::Conflict("this Idempotency-Key was used with another body".to_owned()));
    }
    serde_json::from_str(&record.answer)
        .map_err(|error| Error::Internal(format!("an idempotency record cannot be read: {error}")))
}
