//! Usage counts, added up.

use keywright_domain::Timestamp;
use uuid::Uuid;

use super::page;
use crate::error::StoreError;
use crate::query::{Page, PageRequest};
use crate::sql::rows::keys::owner_cells;
use crate::sql::statement::Statement;
use crate::sql::{Cells, Connection, Row};
use crate::usage::{UsageGroup, UsageGrouping, UsageItem, UsageQuery};

/// In steps oldest first; without steps the most first.
pub(crate) async fn list<C: Connection>(
    connection: &mut C,
    query: &UsageQuery,
) -> Result<Page<UsageItem>, StoreError> {
    let page = as_offset(&query.page);
    let (one, two) = match query.grouping {
        UsageGrouping::None => ("0", "0"),
        UsageGrouping::Key => ("u.key_id", "0"),
        UsageGrouping::Owner => ("k.owner_kind", "k.owner_id"),
        UsageGrouping::ExternalId => ("k.external_id", "0"),
    };
    let start = query.step.map_or("0".to_owned(), |step| format!("(u.minute / {step}) * {step}"));
    let (order, told) = if query.step.is_some() {
        ("start, one, two", "p.start, p.one, p.two")
    } else {
        ("total DESC, one, two", "p.total DESC, p.one, p.two")
    };

    let counts = if is_of_all(query) { "usage_totals" } else { "usage_counts" };
    let mut statement = Statement::new(format!(
        "WITH counted AS (SELECT {start} AS start, {one} AS one, {two} AS two, u.outcome AS outcome, \
        CAST(SUM(u.count) AS BIGINT) AS count FROM "
    ));
    if is_of_a_customer(query) {
        // The few keys first, then the counts of each: a cross join is gone through in the order in which it is written.
        statement.push("keys k CROSS JOIN usage_counts u");
    } else if needs_keys(query) {
        statement.push("usage_counts u JOIN keys k ON k.id = u.key_id");
    } else {
        statement.push(counts).push(" u");
    }
    conditions(&mut statement, query);
    statement.push(&format!(
        " GROUP BY 1, 2, 3, 4), paged AS (SELECT start, one, two, CAST(SUM(count) AS BIGINT) AS total \
        FROM counted GROUP BY start, one, two ORDER BY {order}"
    ));
    page::take(&mut statement, &page);
    statement.push(&format!(
        ") SELECT p.start, c.outcome, c.count, {} FROM paged p JOIN counted c ON c.start = p.start \
        AND c.one IS NOT DISTINCT FROM p.one AND c.two IS NOT DISTINCT FROM p.two{} ORDER BY {told}, c.outcome",
        match query.grouping {
            UsageGrouping::None => "0",
            UsageGrouping::Key => "p.one, k.name, k.owner_kind, k.owner_id, k.external_id",
            UsageGrouping::Owner => "p.one, p.two",
            UsageGrouping::ExternalId => "p.one",
        },
        match query.grouping {
            UsageGrouping::Key => " JOIN keys k ON k.id = p.one",
            _ => "",
        },
    ));

    let read = |row: &dyn Row| read(row, query);
    let rows = connection.rows(statement.text(), statement.params(), read).await?;
    let mut items: Vec<UsageItem> = Vec::new();
    for (item, count) in rows {
        match items.last_mut().filter(|last| last.start == item.start && last.group == item.group) {
            Some(last) => last.counts.push(count),
            None => items.push(UsageItem { counts: vec![count], ..item }),
        }
    }
    let after = u128::from(page.offset) + u128::from(page.limit);
    Ok(page::of_items(items, &page, |_| Uuid::from_u128(after)))
}

/// How many rows would be added up for a query, as far as that is known without looking at keys; `at_most` is enough.
pub(crate) async fn extent<C: Connection>(
    connection: &mut C,
    query: &UsageQuery,
    at_most: u32,
) -> Result<u32, StoreError> {
    let mut statement = Statement::new("SELECT COUNT(*) FROM (SELECT 1 FROM usage_counts u");
    statement
        .with(" WHERE u.organization_id = ", query.organization)
        .with(" AND u.minute >= ", query.since)
        .with(" AND u.minute < ", query.until);
    if let Some(key) = query.key {
        statement.with(" AND u.key_id = ", key);
    }
    statement.with(" LIMIT ", i64::from(at_most)).push(") some");
    let count = |row: &dyn Row| Cells::new(row).int();
    let rows = connection.first(statement.text(), statement.params(), count).await?.unwrap_or_default();
    Ok(u32::try_from(rows).unwrap_or(at_most))
}

/// Whether the counts of all keys together answer it.
fn is_of_all(query: &UsageQuery) -> bool {
    query.grouping == UsageGrouping::None && !needs_keys(query)
}

/// Whether it is about the keys of one customer, and not of one key.
fn is_of_a_customer(query: &UsageQuery) -> bool {
    query.key.is_none() && (query.external_id.is_some() || query.portal_customer.is_some())
}

/// A cursor is the number of items before it: groups are added up anew for every page, so there is no faster way.
fn as_offset(page: &PageRequest) -> PageRequest {
    let offset = page.after.map_or(page.offset, |after| u64::try_from(after.as_u128()).unwrap_or(u64::MAX));
    PageRequest { limit: page.limit, offset, after: None }
}

fn needs_keys(query: &UsageQuery) -> bool {
    matches!(query.grouping, UsageGrouping::Owner | UsageGrouping::ExternalId)
        || query.key.is_some()
        || query.owner.is_some()
        || query.external_id.is_some()
        || query.portal_customer.is_some()
}

fn conditions<'a>(statement: &mut Statement<'a>, query: &'a UsageQuery) {
    if let Some(key) = query.key {
        // The organization is asked of the key and not of its counts: else the counts of all keys of the time would be gone
        // through for those of one, which lie together by another index.
        statement.with(" WHERE u.key_id = ", key).with(" AND k.organization_id = ", query.organization);
    } else if is_of_a_customer(query) {
        statement.push(" WHERE u.key_id = k.id").with(" AND k.organization_id = ", query.organization);
    } else {
        statement.with(" WHERE u.organization_id = ", query.organization);
    }
    statement.with(" AND u.minute >= ", query.since).with(" AND u.minute < ", query.until);
    if let Some(owner) = query.owner {
        let (kind, id) = owner_cells(owner);
        statement.with(" AND k.owner_id = ", id).with(" AND k.owner_kind = ", kind);
    }
    if let Some(external_id) = &query.external_id {
        statement.with(" AND k.external_id = ", external_id);
    }
    if let Some(customer) = &query.portal_customer {
        statement.with(" AND k.portal_customer = ", customer);
    }
    if let Some(outcome) = &query.outcome {
        statement.with(" AND u.outcome = ", outcome);
    }
}

fn read(row: &dyn Row, query: &UsageQuery) -> Result<(UsageItem, (String, u64)), StoreError> {
    let mut cells = Cells::new(row);
    let start = cells.int()?;
    let outcome = cells.text()?;
    let count = u64::try_from(cells.int()?).map_err(|_| cells.fault("is below 0"))?;
    let group = match query.grouping {
        UsageGrouping::None => UsageGroup::All,
        UsageGrouping::Key => UsageGroup::Key {
            id: cells.id()?,
            name: cells.text()?,
            owner: cells.owner()?,
            external_id: cells.optional_text()?,
        },
        UsageGrouping::Owner => UsageGroup::Owner(cells.owner()?),
        UsageGrouping::ExternalId => UsageGroup::ExternalId(cells.optional_text()?),
    };
    let start = query.step.map(|_| Timestamp::from_minutes(start));
    Ok((UsageItem { start, group, counts: Vec::new() }, (outcome, count)))
}
