//! Taking over keys that were made elsewhere, by their text or by their SHA-256 alone.

use keywright_domain::{IMPORTED_KEY_MIN_CHARS, KeyShape, Right};
use keywright_store::{AuditedCommand, Command, KeyListing, KeySecret, Refusal, UniqueField};
use serde::{Deserialize, Serialize};

use super::create::owner_is_gone;
use super::draft::{ImportedSecret, KeyDraft};
use crate::Engine;
use crate::actor::Actor;
use crate::change::{Act, NotChanged, guarded};
use crate::error::{Error, FieldProblem, Unauthenticated};
use crate::idempotency;

/// The most keys that are imported at once.
const MAX_ITEMS: usize = 1000;

/// A key to be imported.
pub struct ImportItem {
    /// What is known of it.
    pub secret: ImportedSecret,
    /// What it is to be here.
    pub draft: KeyDraft,
}

/// What an import comes to, as it is kept for a repetition.
#[derive(Serialize, Deserialize)]
enum Kept {
    Imported(Box<KeyListing>),
    Invalid(Vec<(String, String)>),
    Forbidden(String, Vec<String>),
    Conflict(String),
    Failed(String),
}

impl Engine {
    /// Imports keys, each for itself: one that is refused does not disturb the others. Needs `apiKey.create`, and for
    /// each key what making it would need.
    pub async fn import_keys(
        &self,
        actor: &Actor,
        items: Vec<ImportItem>,
    ) -> Result<Vec<Result<KeyListing, Error>>, Error> {
        let act = Act::new("apiKey.import", "apiKey", None);
        self.audited(actor, act, async {
            actor.require(Right::ApiKeyCreate)?;
            if items.is_empty() || items.len() > MAX_ITEMS {
                return Err(Error::invalid("items", format!("must have 1 to {MAX_ITEMS} entries")));
            }
            // One at a time where a repetition may come: the second sending finds the first one's answer.
            let _alone = match actor.idempotency {
                Some(_) => Some(self.import_lock.lock().await),
                None => None,
            };
            if let Some(kept) = self.answered_before::<Vec<Kept>>(actor).await? {
                return Ok(kept.into_iter().map(Kept::into_result).collect());
            }
            let imported = self.import_each(actor, items).await?;
            self.remember_import(actor, &imported).await?;
            Ok(imported)
        })
        .await
    }

    async fn import_each(
        &self,
        actor: &Actor,
        items: Vec<ImportItem>,
    ) -> Result<Vec<Result<KeyListing, Error>>, Error> {
        let mut results: Vec<Result<KeyListing, Error>> = Vec::with_capacity(items.len());
        let mut commands = Vec::new();
        for item in items {
            let accepted = self.accept_import(actor, item);
            results.push(accepted.map(|(listing, secret)| {
                let act = Act::new("apiKey.import", "apiKey", listing.key.id.uuid())
                    .with("name", listing.key.name.as_str());
                commands.push(AuditedCommand {
                    command: guarded(actor, Command::CreateKey { key: listing.key.clone(), secret }),
                    audit: vec![self.audit_event(actor, &act, None)],
                    idempotency: None,
                });
                listing
            }));
        }
        let mut outcomes = self.carry_out_many(commands).await?.into_iter();
        self.note_refused_imports(actor, &results).await;
        for result in results.iter_mut().filter(|result| result.is_ok()) {
            match outcomes.next() {
                Some(Ok(_)) => {}
                Some(Err(refusal)) => {
                    *result = Err(NotChanged::Refused(refusal).into_error(why_not_imported));
                }
                None => *result = Err(Error::Internal("an imported key has no outcome".to_owned())),
            }
        }
        Ok(results)
    }

    /// Writes refusals to the audit log, as those of single keys are.
    async fn note_refused_imports(&self, actor: &Actor, results: &[Result<KeyListing, Error>]) {
        let act = Act::new("apiKey.import", "apiKey", None);
        for result in results {
            if let Err(error @ (Error::Forbidden { .. } | Error::BeyondGranter { .. })) = result {
                self.note_refusal(actor, &act, error.to_string()).await;
            }
        }
    }

    fn accept_import(&self, actor: &Actor, item: ImportItem) -> Result<(KeyListing, KeySecret), Error> {
        let (digest, shown_prefix) = match &item.secret {
            ImportedSecret::Sha256(sha256) => (self.pepper.digest_of_sha256(sha256), None),
            ImportedSecret::Plaintext(text) => {
                self.check_foreign_text(text)?;
                (self.pepper.digest(text.as_presented()), Some(text.shown_prefix()))
            }
        };
        if item.draft.prefix.is_some() {
            return Err(Error::invalid("prefix", "cannot be set: an imported key has its own"));
        }
        let key = self.accept_draft(actor, item.draft)?.key;
        // Its shape proves nothing about how it was made, so it counts as foreign whatever it looks like.
        let secret = KeySecret {
            digest,
            key_prefix: None,
            shown_prefix: shown_prefix.clone(),
            created_at: key.created_at,
            superseded_at: None,
        };
        Ok((KeyListing { key, shown_prefix, last_use: None }, secret))
    }

    fn check_foreign_text(&self, text: &keywright_domain::PlaintextKey) -> Result<(), Error> {
        let presented = text.as_presented();
        if text.expose().chars().count() < IMPORTED_KEY_MIN_CHARS {
            let message = format!(
                "must have at least {IMPORTED_KEY_MIN_CHARS} characters: a shorter one can be guessed"
            );
            return Err(Error::invalid("key", message));
        }
        if !presented.may_be_foreign() {
            return Err(Error::invalid("key", "must be at most 256 visible ASCII characters"));
        }
        match presented.shape() {
            KeyShape::Ours { prefix, checksum_matches: false } if self.index().is_prefix_in_use(prefix) => {
                Err(Error::invalid(
                    "key",
                    "looks like a key of this server with a wrong checksum: is it complete?",
                ))
            }
            _ => Ok(()),
        }
    }

    async fn remember_import(
        &self,
        actor: &Actor,
        imported: &[Result<KeyListing, Error>],
    ) -> Result<(), Error> {
        let Some(idempotency) = actor.idempotency else { return Ok(()) };
        let kept: Vec<Kept> = imported.iter().map(Kept::of).collect();
        let record = idempotency::record(idempotency, Some(&kept), self.now());
        let note = AuditedCommand { command: Command::Note, audit: Vec::new(), idempotency: Some(record) };
        match self.carry_out(note).await? {
            Ok(_) | Err(Refusal::AlreadyAnswered(_)) => Ok(()),
            Err(refusal) => Err(crate::change::unexpected(&refusal)),
        }
    }
}

impl Kept {
    fn of(result: &Result<KeyListing, Error>) -> Self {
        match result {
            Ok(listing) => Self::Imported(Box::new(listing.clone())),
            Err(Error::Invalid(problems)) => {
                let pair = |problem: &FieldProblem| (problem.field.clone(), problem.message.clone());
                Self::Invalid(problems.iter().map(pair).collect())
            }
            Err(Error::Forbidden { message, missing } | Error::BeyondGranter { message, missing }) => {
                Self::Forbidden(message.clone(), missing.clone())
            }
            Err(Error::Conflict(message)) => Self::Conflict(message.clone()),
            Err(other) => Self::Failed(other.to_string()),
        }
    }

    fn into_result(self) -> Result<KeyListing, Error> {
        Err(match self {
            Self::Imported(listing) => return Ok(*listing),
            Self::Invalid(problems) => Error::Invalid(
                problems.into_iter().map(|(field, message)| FieldProblem::new(field, message)).collect(),
            ),
            Self::Forbidden(message, missing) => Error::Forbidden { message, missing },
            Self::Conflict(message) => Error::Conflict(message),
            Self::Failed(message) => Error::Unavailable(message),
        })
    }
}

fn why_not_imported(refusal: &Refusal) -> Option<Error> {
    match refusal {
        Refusal::NotUnique(UniqueField::Secret) => {
            Some(Error::Conflict("this key is known here already".to_owned()))
        }
        Refusal::NotUnique(UniqueField::Identity) => Some(crate::change::too_contended()),
        Refusal::CredentialGone => Some(Error::Unauthenticated(Unauthenticated::Session)),
        other => owner_is_gone(other),
    }
}
