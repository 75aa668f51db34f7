//! Changing what is left of a key's credits.

use keywright_domain::{Budget, KeyId, Right};
use keywright_store::{Applied, Command, CreditChange, KeyRecord, Refusal};

use super::authority::{granted, require_may_grant, require_no_looser_than, require_unmetered};
use super::{key_is_revoked, no_such_key};
use crate::Engine;
use crate::actor::Actor;
use crate::change::Act;
use crate::error::Error;
use crate::text::Problems;

/// How credits are to change. Either of these.
#[derive(Debug, Clone, Copy, Default)]
pub struct CreditsPatch {
    /// So many more.
    pub add: Option<u64>,
    /// So many.
    pub set: Option<u64>,
}

impl Engine {
    /// Adds to a key's credits, or sets how many are left. What there is afterwards is in force here when the call returns.
    /// Needs what changing the key's limits needs.
    pub async fn change_credits(
        &self,
        actor: &Actor,
        id: KeyId,
        patch: CreditsPatch,
    ) -> Result<Budget, Error> {
        let (action, count) = match patch {
            CreditsPatch { add: Some(more), .. } => ("apiKey.addCredits", more),
            CreditsPatch { set, .. } => ("apiKey.setCredits", set.unwrap_or(0)),
        };
        let act = Act::new(action, "apiKey", id.uuid()).with("credits", count);
        self.audited(actor, act.clone(), async {
            actor.require(Right::ApiKeyUpdate)?;
            let key = self.reachable_key(actor, id).await?.key;
            if let Some(answered) = self.answered_before::<Budget>(actor).await? {
                return Ok(answered);
            }
            if key.revoked_at.is_some() {
                return Err(key_is_revoked());
            }
            let change = read(patch)?;
            require_may_meter(actor, &key)?;
            if key.credits.is_none() {
                return Err(no_credits());
            }
            let (organization, held) = (actor.organization_id(), self.credits_held(id).await?);
            let command = Command::ChangeCredits { organization, id, change, held };
            let told = |applied| match applied {
                Applied::Budget(budget) => Some(budget),
                _ => None,
            };
            let changed = self.change_told(actor, &act, command, told).await;
            changed.map_err(|refused| {
                refused.into_error(|refusal| match refusal {
                    Refusal::Revoked => Some(key_is_revoked()),
                    Refusal::NotFound => Some(no_such_key()),
                    Refusal::NoCredits => Some(no_credits()),
                    Refusal::TooManyCredits => {
                        Some(Error::invalid("add", "must leave fewer than 9007199254740992 credits"))
                    }
                    _ => None,
                })
            })
        })
        .await
    }
}

/// Refuses a caller who may not give a key other limits: whoever lifts them gives its access out anew.
fn require_may_meter(actor: &Actor, key: &KeyRecord) -> Result<(), Error> {
    let owner = actor.organization.owner(key.owner).ok_or_else(no_such_key)?;
    require_may_grant(actor, &granted(key, &owner))?;
    require_no_looser_than(actor, key)?;
    require_unmetered(actor)
}

fn read(patch: CreditsPatch) -> Result<CreditChange, Error> {
    let mut problems = Problems::default();
    let change = match patch {
        CreditsPatch { add: Some(more), set: None } => {
            problems.credit_count("add", more);
            CreditChange::Add(more)
        }
        CreditsPatch { add: None, set: Some(remaining) } => {
            problems.credit_count("set", remaining);
            CreditChange::Set(remaining)
        }
        CreditsPatch { add: None, set: None } => {
            return Err(Error::invalid("add", "is required, unless there is a set"));
        }
        CreditsPatch { add: Some(_), set: Some(_) } => {
            return Err(Error::invalid("set", "cannot be combined with add"));
        }
    };
    problems.finish()?;
    Ok(change)
}

fn no_credits() -> Error {
    Error::Conflict(
        "the API key has no credits that are counted; give it some by changing the key".to_owned(),
    )
}
