//! Counts of the engine as a chart.

use keywright_domain::Timestamp;
use keywright_engine::{Actor, Engine, Error, UsageFilter};
use keywright_store::UsageItem;

use super::outcomes;
use super::range::{Range, Slot};
use crate::console::chart::{Chart, Kind, Span};

/// Steps that are asked for at most: 31 days of hours, and the one that is begun on either side.
pub(super) const MAX_STEPS: u32 = 31 * 24 + 2;

/// How often what was answered in a range.
pub(in crate::console) struct Counted {
    kinds: Vec<(&'static str, Kind)>,
    spans: Vec<Span>,
}

impl Counted {
    /// Asks the engine, as far as the actor may see.
    pub(in crate::console) async fn read(
        engine: &Engine,
        actor: &Actor,
        range: Range,
        filter: UsageFilter,
    ) -> Result<Self, Error> {
        let slots = range.slots(&actor.time_zone(), engine.now());
        let kinds = outcomes::all();
        let Some(since) = slots.slots.first().map(|slot| slot.start) else {
            return Ok(Self { kinds, spans: Vec::new() });
        };
        let filter = UsageFilter {
            interval: Some(range.interval().to_owned()),
            since: Some(since.to_string()),
            until: Some(slots.until.to_string()),
            ..filter
        };
        let items = engine.usage_at_once(actor, filter, MAX_STEPS).await?.listing.items;
        let spans = in_slots(&slots.slots, &items, &kinds);
        Ok(Self { kinds, spans })
    }

    /// How often each outcome came, those that did.
    pub(super) fn totals(&self) -> Vec<(&'static str, u64)> {
        let total = |at: usize| self.spans.iter().map(|span| span.counts[at]).fold(0, u64::saturating_add);
        let all = self.kinds.iter().enumerate().map(|(at, (code, _))| (*code, total(at)));
        all.filter(|(_, count)| *count > 0).collect()
    }

    /// Drawn. `id` is its own on the page.
    pub(in crate::console) fn chart(&self, id: &'static str, title: String, nothing: &'static str) -> Chart {
        let kinds: Vec<Kind> = self.kinds.iter().map(|(_, kind)| kind.clone()).collect();
        Chart::new(id, title, nothing, &kinds, &self.spans)
    }
}

/// Adds counts up in the columns in which their steps begin: where a zone's days begin within an hour, that hour is told
/// with the day before.
fn in_slots(slots: &[Slot], items: &[UsageItem], kinds: &[(&'static str, Kind)]) -> Vec<Span> {
    let empty =
        |slot: &Slot| Span { name: slot.name.clone(), mark: slot.mark.clone(), counts: vec![0; kinds.len()] };
    let mut spans: Vec<Span> = slots.iter().map(empty).collect();
    for item in items {
        let Some(at) = item.start.and_then(|start| slot_of(slots, start)) else { continue };
        for (outcome, count) in &item.counts {
            if let Some(kind) = kinds.iter().position(|(code, _)| code == outcome) {
                let sum = &mut spans[at].counts[kind];
                *sum = sum.saturating_add(*count);
            }
        }
    }
    spans
}

fn slot_of(slots: &[Slot], start: Timestamp) -> Option<usize> {
    slots.partition_point(|slot| slot.start <= start).checked_sub(1)
}

#[cfg(test)]
mod tests {
    use keywright_domain::TimeZone;
    use keywright_store::UsageGroup;

    use super::*;

    fn item(start: &str, counts: &[(&str, u64)]) -> UsageItem {
        UsageItem {
            start: Some(start.parse().unwrap()),
            group: UsageGroup::All,
            counts: counts.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect(),
        }
    }

    fn of(zone: &str, items: &[UsageItem]) -> Vec<u64> {
        let zone: TimeZone = zone.parse().unwrap();
        let slots = Range::Month.slots(&zone, "2026-11-21T09:30:00Z".parse().unwrap()).slots;
        in_slots(&slots, items, &outcomes::all()).iter().map(|span| span.counts.iter().sum()).collect()
    }

    #[test]
    fn an_hour_counts_in_the_day_of_the_zone() {
        let items = [item("2026-11-20T15:00:00Z", &[("VALID", 3), ("EXPIRED", 1)])];
        assert_eq!(of("Asia/Tokyo", &items)[29], 4, "the day there begins with this hour");
        assert_eq!(of("UTC", &items)[28], 4);
        // A day begins there at 18:15 UTC.
        let items =
            [item("2026-11-20T18:00:00Z", &[("VALID", 1)]), item("2026-11-20T19:00:00Z", &[("VALID", 2)])];
        assert_eq!(of("Asia/Kathmandu", &items)[28..], [1, 2]);
    }

    #[test]
    fn what_is_before_the_first_column_is_in_none() {
        assert_eq!(of("UTC", &[item("2026-10-01T00:00:00Z", &[("VALID", 3)])]).iter().sum::<u64>(), 0);
        assert_eq!(of("UTC", &[item("2026-11-21T09:00:00Z", &[("UNHEARD_OF", 3)])])[29], 0);
    }
}
