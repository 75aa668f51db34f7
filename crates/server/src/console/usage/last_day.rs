//! The last 24 hours of keys, in a few words.

use keywright_domain::{Right, ServiceAccountId};
use keywright_engine::{Actor, Engine, Error, UsageFilter};

use super::range::Range;
use crate::console::chart::grouped;

/// Rows that are added up for a few words.
const AT_MOST: u32 = 5_000;

/// How often keys were used in a day.
pub(in crate::console) struct LastDay {
    pub(in crate::console) allowed: u64,
    pub(in crate::console) denied: u64,
}

impl LastDay {
    pub(in crate::console) fn in_words(&self) -> String {
        format!("{} allowed, {} denied", grouped(self.allowed), grouped(self.denied))
    }

    pub(in crate::console) fn total(&self) -> String {
        grouped(self.allowed.saturating_add(self.denied))
    }
}

/// How often keys were let in and refused in the last 24 hours, those of a service account or all that the actor sees; `None`
/// where the actor may not see it, or where there is more to add up than a few words are worth.
pub(in crate::console) async fn last_day(
    engine: &Engine,
    actor: &Actor,
    account: Option<ServiceAccountId>,
) -> Result<Option<LastDay>, Error> {
    if !actor.has(Right::UsageRead) {
        return Ok(None);
    }
    let (since, until) = Range::Day.span(&actor.time_zone(), engine.now());
    let filter = UsageFilter {
        service_account: account.map(|account| account.to_string()),
        since: Some(since.to_string()),
        until: Some(until.to_string()),
        ..UsageFilter::default()
    };
    if engine.usage_extent(actor, filter.clone(), AT_MOST).await? >= AT_MOST {
        return Ok(None);
    }
    let items = engine.usage_at_once(actor, filter, 1).await?.listing.items;
    let counts = items.iter().flat_map(|item| &item.counts);
    let mut day = LastDay { allowed: 0, denied: 0 };
    for (code, count) in counts {
        let sum = if code == "VALID" { &mut day.allowed } else { &mut day.denied };
        *sum = sum.saturating_add(*count);
    }
    Ok(Some(day))
}
