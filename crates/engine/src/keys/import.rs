//! Taking over keys that were made elsewhere, by their text or by their SHA-256 alone.

use keywright_domain::{IMPORTED_KEY_MIN_CHARS, KeyShape, Right};
use keywright_store::{Applied, AuditedCommand, Command, KeyListing, KeySecret, Refusal, UniqueField};
use serde::{Deserialize, Serialize};

use super::create::owner_is_gone;
use super::draft::{ImportedSecret, KeyDraft};
use crate::Engine;
use crate::actor::Actor;
use crate::change::{Act, NotChanged, guarded, repeated};
use crate::error::{Error, FieldProblem};
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

/// What an import comes to, as it is kept for a repetition: each item, and what the store refused of those that were to be
/// imported.
type Told = (Vec<Kept>, Vec<Option<Refusal>>);

/// What one item comes to.
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
            match self.answered_before::<Told>(actor).await? {
                Some(told) => Ok(results(told)),
                None => self.import_each(actor, items).await,
            }
        })
        .await
    }

    /// All that is imported, what is noted of what is not, and what a repetition is answered are written in one
    /// transaction: who asks again, whatever came in between, is told what became of each.
    async fn import_each(
        &self,
        actor: &Actor,
        items: Vec<ImportItem>,
    ) -> Result<Vec<Result<KeyListing, Error>>, Error> {
        let (mut kept, mut commands, mut audit) = (Vec::with_capacity(items.len()), Vec::new(), Vec::new());
        for item in items {
            let accepted = self.accept_import(actor, item);
            if let Err(error @ (Error::Forbidden { .. } | Error::BeyondGranter { .. })) = &accepted {
                let act = Act::new("apiKey.import", "apiKey", None);
                audit.push(self.audit_event(actor, &act, Some(error.to_string())));
            }
            kept.push(Kept::of(accepted.map(|(listing, secret)| {
                let act = Act::new("apiKey.import", "apiKey", listing.key.id.uuid())
                    .with("name", listing.key.name.as_str());
                commands.push(AuditedCommand {
                    command: Command::CreateKey { key: listing.key.clone(), secret },
                    audit: vec![self.audit_event(actor, &act, None)],
                    idempotency: None,
                });
                listing
            })));
        }
        let idempotency = actor.idempotency.map(|it| idempotency::record(it, Some(&kept), self.now()));
        let command = guarded(actor, Command::Each(commands));
        match self.carry_out(AuditedCommand { command, audit, idempotency }).await? {
            Ok(Applied::Each(outcomes)) => {
                Ok(results((kept, outcomes.into_iter().map(Result::err).collect())))
            }
            Ok(_) => Err(Error::Internal("an import came to nothing that was told of".to_owned())),
            Err(refusal) => {
                let told = repeated::<Told>(actor, refusal);
                told.map(results).map_err(|refused| refused.into_error(|_| None))
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
}

/// What became of each, in the order in which it was asked: a refusal of the store is in the place of a key that was to be
/// imported.
fn results((kept, refusals): Told) -> Vec<Result<KeyListing, Error>> {
    let mut refusals = refusals.into_iter();
    let result = |kept: Kept| match kept {
        Kept::Imported(listing) => match refusals.next().flatten() {
            None => Ok(*listing),
            Some(refusal) => Err(NotChanged::Refused(refusal).into_error(why_not_imported)),
        },
        refused => Err(refused.into_error()),
    };
    kept.into_iter().map(result).collect()
}

impl Kept {
    fn of(result: Result<KeyListing, Error>) -> Self {
        match result {
            Ok(listing) => Self::Imported(Box::new(listing)),
            Err(Error::Invalid(problems)) => {
                let pair = |problem: FieldProblem| (problem.field, problem.message);
                Self::Invalid(problems.into_iter().map(pair).collect())
            }
            Err(Error::Forbidden { message, missing } | Error::BeyondGranter { message, missing }) => {
                Self::Forbidden(message, missing)
            }
            Err(Error::Conflict(message)) => Self::Conflict(message),
            Err(other) => Self::Failed(other.to_string()),
        }
    }

    /// Why it was not imported.
    fn into_error(self) -> Error {
        match self {
            Self::Imported(_) => {
                Error::Internal("a key that was imported is told as one that was not".to_owned())
            }
            Self::Invalid(problems) => Error::Invalid(
                problems.into_iter().map(|(field, message)| FieldProblem::new(field, message)).collect(),
            ),
            Self::Forbidden(message, missing) => Error::Forbidden { message, missing },
            Self::Conflict(message) => Error::Conflict(message),
            Self::Failed(message) => Error::Unavailable(message),
        }
    }
}

fn why_not_imported(refusal: &Refusal) -> Option<Error> {
    match refusal {
        Refusal::NotUnique(UniqueField::Secret) => {
            Some(Error::Conflict("this key is known here already".to_owned()))
        }
        Refusal::NotUnique(UniqueField::Identity) => Some(crate::change::too_contended()),
        other => owner_is_gone(other),
    }
}
