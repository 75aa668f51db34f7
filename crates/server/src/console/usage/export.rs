//! Usage as a file: by time, or by key.

use axum::http::request::Parts;
use axum::response::Response;
use keywright_engine::{Actor, Engine, Error, UsageFilter, usage_outcomes};
use keywright_store::{KeyOwner, UsageGroup, UsageItem};
use serde::Deserialize;

use super::asked::Asked;
use super::counted::MAX_STEPS;
use super::overview::is_too_much;
use crate::app::SharedApp;
use crate::console::page::failed;
use crate::console::spreadsheet::{CSV, file, harmless};
use crate::console::visitor::Visitor;
use crate::http::Failure;

/// Keys in a file at most: those that were used most.
const MOST_KEYS: u32 = 10_000;

/// What is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    by: By,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum By {
    #[default]
    Time,
    Key,
}

/// `GET`
pub(super) async fn send(app: SharedApp, visitor: Visitor, parts: Parts) -> Response {
    let query = parts.uri.query().unwrap_or_default();
    let wanted: Wanted = serde_urlencoded::from_str(query).unwrap_or_default();
    let asked: Asked = serde_urlencoded::from_str(query).unwrap_or_default();
    let items = match read(&app.engine, &visitor.actor, &asked, wanted.by).await {
        Ok(items) => items,
        Err(error) => return failed(&error.into()),
    };
    let name = match wanted.by {
        By::Time => "usage.csv",
        By::Key => "usage-by-key.csv",
    };
    match written(&items, wanted.by) {
        Ok(table) => file(CSV, name, table.into()),
        Err(_) => failed(&Failure::internal()),
    }
}

async fn read(engine: &Engine, actor: &Actor, asked: &Asked, by: By) -> Result<Vec<UsageItem>, Error> {
    if is_too_much(engine, actor, asked, by == By::Time).await? {
        return Err(Error::Conflict(
            "there are more than a million counts in this time: choose a shorter time or one key".to_owned(),
        ));
    }
    let (since, until) = asked.range.span(&actor.time_zone(), engine.now());
    let filter =
        UsageFilter { since: Some(since.to_string()), until: Some(until.to_string()), ..asked.filter() };
    let (filter, at_most) = match by {
        By::Time => (UsageFilter { interval: Some(asked.range.interval().to_owned()), ..filter }, MAX_STEPS),
        By::Key => (UsageFilter { group_by: Some("key".to_owned()), ..filter }, MOST_KEYS),
    };
    Ok(engine.usage_at_once(actor, filter, at_most).await?.listing.items)
}

fn written(items: &[UsageItem], by: By) -> std::io::Result<Vec<u8>> {
    let outcomes: Vec<&str> = usage_outcomes().collect();
    let mut text = Vec::new();
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut text);
    let of_what: &[&str] = match by {
        By::Time => &["start"],
        By::Key => &["apiKeyId", "name", "userId", "serviceAccountId", "externalId"],
    };
    table.write_record(of_what.iter().chain(&["total"]).chain(&outcomes))?;
    for item in items {
        let count =
            |code: &str| item.counts.iter().find(|(known, _)| known == code).map_or(0, |(_, count)| *count);
        let total: u64 = item.counts.iter().map(|(_, count)| *count).fold(0, u64::saturating_add);
        let counts = std::iter::once(total).chain(outcomes.iter().map(|code| count(code)));
        let cells = of(item).into_iter().map(harmless).chain(counts.map(|count| count.to_string()));
        table.write_record(cells)?;
    }
    table.flush()?;
    drop(table);
    Ok(text)
}

/// What a line is about.
fn of(item: &UsageItem) -> Vec<String> {
    match &item.group {
        UsageGroup::Key { id, name, owner, external_id } => {
            let (user, account) = match owner {
                KeyOwner::User(id) => (id.to_string(), String::new()),
                KeyOwner::ServiceAccount(id) => (String::new(), id.to_string()),
            };
            vec![id.to_string(), name.clone(), user, account, external_id.clone().unwrap_or_default()]
        }
        _ => vec![item.start.map(|start| start.to_string()).unwrap_or_default()],
    }
}
