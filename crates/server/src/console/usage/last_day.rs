//! The last 24 hours of an owner's keys, in a few words.

use keywright_domain::{Right, ServiceAccountId};
use keywright_engine::{Actor, Engine, Error, UsageFilter};

use super::range::Range;
use crate::console::chart::grouped;

/// Rows that are added up for a few words.
const AT_MOST: u32 = 5_000;

/// How often keys of a service account were let in and refused in the last 24 hours; `None` where the actor may not see it, or
/// where there is more to add up than a few words are worth.
pub(in crate::console) async fn last_day(
    engine: &Engine,
    actor: &Actor,
    account: ServiceAccountId,
) -> Result<Option<String>, Error> {
    if !actor.has(Right::UsageRead) {
        return Ok(None);
    }
    let (since, until) = Range::Day.span(&actor.time_zone(), engine.now());
    let filter = UsageFilter {
        service_account: Some(account.to_string()),
        since: Some(since.to_string()),
        until: Some(until.to_string()),
        ..UsageFilter::default()
    };
    if engine.usage_extent(actor, filter.clone(), AT_MOST).await? >= AT_MOST {
        return Ok(None);
    }
    let items = engine.usage_at_once(actor, filter, 1).await?.listing.items;
    let counts = items.iter().flat_map(|item| &item.counts);
    let (mut let_in, mut refused) = (0_u64, 0_u64);
    for (code, count) in counts {
        let sum = if code == "VALID" { &mut let_in } else { &mut refused };
        *sum = sum.saturating_add(*count);
    }
    Ok(Some(format!("{} allowed, {} denied", grouped(let_in), grouped(refused))))
}
