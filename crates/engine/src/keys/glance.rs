//! A glance at keys: what can be told at once, however many there are.

use std::time::Duration;

use keywright_domain::Right;
use keywright_store::{GlanceQuery, KeyGlance};

use super::authority::owner_within_reach;
use crate::Engine;
use crate::actor::Actor;
use crate::error::Error;

/// How many keys are looked at to count those in force, and how many to find those that end soon. That there may be more is
/// told.
const LOOK_AT: u32 = 1_000;

/// How soon a key ends that is told of: a week.
const SOON: Duration = Duration::from_hours(7 * 24);

/// How many of those.
const ENDING: u32 = 5;

impl Engine {
    /// A glance at the keys within the caller's reach. Needs `apiKey.read`.
    pub async fn key_glance(&self, actor: &Actor) -> Result<KeyGlance, Error> {
        actor.require(Right::ApiKeyRead)?;
        let nothing = KeyGlance { in_force: 0, is_all: true, ending: Vec::new(), is_all_ending: true };
        let Ok(owner) = owner_within_reach(actor, None, None) else { return Ok(nothing) };
        let now = self.now();
        let query = GlanceQuery {
            organization: actor.organization_id(),
            owner,
            at: now,
            ending_by: now.plus(SOON),
            limit: ENDING,
            look_at: LOOK_AT,
        };
        Ok(self.store.key_glance(query).await?)
    }

    /// How many people are members of the caller's organization, and how many service accounts work in it; from memory.
    /// Needs `member.read` and `serviceAccount.read`.
    pub fn owner_counts(&self, actor: &Actor) -> Result<(usize, usize), Error> {
        actor.require(Right::MemberRead)?;
        actor.require(Right::ServiceAccountRead)?;
        Ok(actor.organization.owner_counts())
    }
}
