//! How a key is used: the part of its page that tells it.

use std::time::Duration;

use askama::Template;
use keywright_domain::{Right, Timestamp};
use keywright_engine::{Actor, Engine, Error, Paging, RequestFilter, UsageFilter};
use keywright_store::{KeyListing, LoggedRequest};

use crate::console::chart::Chart;
use crate::console::usage::{Counted, Range, outcome};
use crate::console::when::When;

/// Requests on the page.
const REQUESTS: u32 = 20;

const DAY: Duration = Duration::from_hours(24);

/// How a key is used.
#[derive(Template)]
#[template(path = "keys/uses.html")]
pub(super) struct Uses {
    range: Range,
    zone: String,
    /// `None`: the visitor may not see counts.
    chart: Option<Chart>,
    last: Option<LastUse>,
    requests: Vec<Request>,
    /// How long requests are kept; `None`: they are not logged.
    kept: Option<String>,
}

struct LastUse {
    when: When,
    address: Option<String>,
    agent: Option<String>,
}

/// A request of the log.
struct Request {
    when: When,
    what: String,
    /// Whether `what` is a route of this server.
    is_here: bool,
    outcome: String,
    is_let_in: bool,
    status: u16,
    address: Option<String>,
    agent: Option<String>,
}

impl Uses {
    /// Reads what the actor may see of it.
    pub(super) async fn read(
        engine: &Engine,
        actor: &Actor,
        listing: &KeyListing,
        range: Range,
    ) -> Result<Self, Error> {
        let now = engine.now();
        let key = Some(listing.key.id.to_string());
        let chart = if actor.has(Right::UsageRead) {
            let filter = UsageFilter { key: key.clone(), ..UsageFilter::default() };
            let counted = Counted::read(engine, actor, range, filter).await?;
            let title = format!("Verifications of this key in the last {}", range.in_words());
            Some(counted.chart("uses", title, "No verifications in this period."))
        } else {
            None
        };
        let filter = RequestFilter { key, ..RequestFilter::default() };
        let paging = Paging { limit: Some(REQUESTS), ..Paging::default() };
        let requests = engine.requests(actor, filter, &paging).await?.items;
        Ok(Self {
            range,
            zone: range.zone(&actor.time_zone()).to_string(),
            chart,
            last: listing.last_use.as_ref().map(|used| LastUse {
                when: When::new(used.at, now),
                address: used.address.map(|address| address.to_string()),
                agent: used.agent.clone(),
            }),
            requests: requests.into_iter().map(|request| Request::new(request, now)).collect(),
            kept: engine.keeps_requests_for().map(in_words),
        })
    }
}

impl Request {
    fn new(LoggedRequest { request, .. }: LoggedRequest, now: Timestamp) -> Self {
        let (is_here, place) = match (request.route, request.path) {
            (Some(route), _) => (true, route),
            (None, Some(path)) => (false, path),
            (None, None) => (false, String::new()),
        };
        let words = [request.method.unwrap_or_default(), place];
        let code = request.outcome.unwrap_or_default();
        Self {
            when: When::new(request.at, now),
            what: words
                .iter()
                .filter(|word| !word.is_empty())
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(" "),
            is_here,
            is_let_in: code == "VALID",
            outcome: if code.is_empty() { code } else { outcome(&code).label },
            status: request.status,
            address: request.address.map(|address| address.to_string()),
            agent: request.agent,
        }
    }
}

/// `7 days`, `12 hours`.
fn in_words(length: Duration) -> String {
    let hours = length.as_secs() / 3_600;
    let (count, unit) = if length >= DAY { (hours / 24, "day") } else { (hours.max(1), "hour") };
    if count == 1 { format!("{count} {unit}") } else { format!("{count} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_requests_are_kept_is_said_in_words() {
        for (hours, said) in [(1, "1 hour"), (12, "12 hours"), (24, "1 day"), (168, "7 days"), (40, "1 day")]
        {
            assert_eq!(in_words(Duration::from_hours(hours)), said);
        }
    }
}
