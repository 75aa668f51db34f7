//! How often keys were answered what.

use std::collections::BTreeMap;

use keywright_domain::{KeyId, OrganizationId};
use uuid::Uuid;

use super::batch::take_name;
use super::connection::Connection;
use super::param::params;
use super::{Cells, Row};
use crate::error::StoreError;
use crate::usage::{Gathered, Minute, UsageCount, UsageSpan};

const ADD: &str = "INSERT INTO usage_counts (organization_id, minute, key_id, outcome, count) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, minute, key_id, outcome) \
    DO UPDATE SET count = usage_counts.count + excluded.count";

const ADD_TO_TOTAL: &str = "INSERT INTO usage_totals (organization_id, minute, outcome, count) \
    VALUES ($1, $2, $3, $4) ON CONFLICT (organization_id, minute, outcome) \
    DO UPDATE SET count = usage_totals.count + excluded.count";

/// Adds counts to those that are there, unless the batch was written already. The connection must be in a transaction.
pub(crate) async fn record<C: Connection>(
    connection: &mut C,
    counts: &Gathered<UsageCount>,
) -> Result<(), StoreError> {
    if !take_name(connection, counts.id, counts.now).await? {
        return Ok(());
    }
    let mut totals: BTreeMap<(OrganizationId, Minute, &str), i64> = BTreeMap::new();
    for counted in &counts.rows {
        let count = i64::try_from(counted.count).unwrap_or(i64::MAX);
        let params = params![counted.organization, counted.minute, counted.key, counted.outcome, count];
        connection.run(ADD, &params).await?;
        let total = totals.entry((counted.organization, counted.minute, counted.outcome)).or_default();
        *total = total.saturating_add(count);
    }
    for ((organization, minute, outcome), count) in totals {
        connection.run(ADD_TO_TOTAL, &params![organization, minute, outcome, count]).await?;
    }
    Ok(())
}

/// The name under which it is noted up to which minute counts were added up.
const fn rolled_up(span: UsageSpan) -> &'static str {
    match span {
        UsageSpan::Hour => "usage_hours_through",
        UsageSpan::Day => "usage_days_through",
    }
}

/// Adds the counts of the next span up, if it ended before `before`; whether there is more to do. The connection must be
/// in a transaction.
pub(crate) async fn roll_up<C: Connection>(
    connection: &mut C,
    span: UsageSpan,
    before: Minute,
    limit: u32,
) -> Result<bool, StoreError> {
    let length = span.minutes();
    let Some(start) = next_span(connection, span).await? else { return Ok(false) };
    if start + length > before {
        return Ok(false);
    }
    let mut left = limit.max(1);
    let mut organization = next_organization(connection, Uuid::nil()).await?;
    while let Some(id) = organization {
        let taken = roll_up_organization(connection, id, (start, length), left).await?;
        left -= taken;
        if left == 0 {
            return Ok(true);
        }
        organization = next_organization(connection, id.uuid()).await?;
    }
    let sql = "UPDATE meta SET number = $1 WHERE name = $2";
    connection.run(sql, &params![start + length, rolled_up(span)]).await?;
    Ok(start + length + length <= before)
}

/// Where the span begins that is to be added up next; `None` while there are no counts. Locks its row, so that of two
/// servers one waits for the other.
async fn next_span<C: Connection>(connection: &mut C, span: UsageSpan) -> Result<Option<Minute>, StoreError> {
    let sql = "UPDATE meta SET number = number WHERE name = $1 RETURNING number";
    let noted = connection.first(sql, &params![rolled_up(span)], |row| Cells::new(row).int()).await?;
    if noted.is_some() {
        return Ok(noted);
    }
    // Once in a database's life, soon after its first counts.
    let sql = "SELECT MIN(minute) FROM usage_counts";
    let first = connection.first(sql, &[], |row| Cells::new(row).optional_int()).await?.flatten();
    let Some(first) = first else { return Ok(None) };
    let start = first - first.rem_euclid(span.minutes());
    let sql = "INSERT INTO meta (name, number) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    connection.run(sql, &params![rolled_up(span), start]).await?;
    Ok(Some(start))
}

async fn next_organization<C: Connection>(
    connection: &mut C,
    after: Uuid,
) -> Result<Option<OrganizationId>, StoreError> {
    let sql = "SELECT organization_id FROM usage_counts WHERE organization_id > $1 \
        ORDER BY organization_id LIMIT 1";
    Ok(connection.first(sql, &params![after], |row| Cells::new(row).id()).await?)
}

/// Adds counts of one organization to the span's first minute and deletes them; how many rows they were.
async fn roll_up_organization<C: Connection>(
    connection: &mut C,
    organization: OrganizationId,
    (start, length): (Minute, Minute),
    limit: u32,
) -> Result<u32, StoreError> {
    let sql = "SELECT minute, key_id, outcome, count FROM usage_counts \
        WHERE organization_id = $1 AND minute > $2 AND minute < $3 ORDER BY minute, key_id, outcome LIMIT $4";
    let params = params![organization, start, start + length, i64::from(limit)];
    let rows = connection.rows(sql, &params, |row| read(row)).await?;
    let mut sums: BTreeMap<(KeyId, &str), i64> = BTreeMap::new();
    for (_, key, outcome, count) in &rows {
        let sum = sums.entry((*key, outcome)).or_default();
        *sum = sum.saturating_add(*count);
    }
    for ((key, outcome), sum) in sums {
        connection.run(ADD, &params![organization, start, key, outcome, sum]).await?;
    }
    let sql = "DELETE FROM usage_counts \
        WHERE organization_id = $1 AND minute = $2 AND key_id = $3 AND outcome = $4";
    for (minute, key, outcome, _) in &rows {
        connection.run(sql, &params![organization, *minute, *key, outcome.as_str()]).await?;
    }
    let taken = u32::try_from(rows.len()).unwrap_or(limit);
    if taken < limit {
        roll_up_totals(connection, organization, (start, length)).await?;
    }
    Ok(taken)
}

/// Does the same to the totals of an organization, whose counts are added up: a few outcomes of each minute, all at once.
async fn roll_up_totals<C: Connection>(
    connection: &mut C,
    organization: OrganizationId,
    (start, length): (Minute, Minute),
) -> Result<(), StoreError> {
    let sql = "SELECT outcome, CAST(SUM(count) AS BIGINT) FROM usage_totals \
        WHERE organization_id = $1 AND minute > $2 AND minute < $3 GROUP BY outcome";
    let read = |row: &dyn Row| {
        let mut cells = Cells::new(row);
        Ok((cells.text()?, cells.int()?))
    };
    let span = params![organization, start, start + length];
    for (outcome, count) in connection.rows(sql, &span, read).await? {
        connection.run(ADD_TO_TOTAL, &params![organization, start, outcome.as_str(), count]).await?;
    }
    let sql = "DELETE FROM usage_totals WHERE organization_id = $1 AND minute > $2 AND minute < $3";
    connection.run(sql, &span).await?;
    Ok(())
}

fn read(row: &dyn Row) -> Result<(Minute, KeyId, String, i64), StoreError> {
    let mut cells = Cells::new(row);
    Ok((cells.int()?, cells.id()?, cells.text()?, cells.int()?))
}

/// Deletes counts older than `before`, `limit` rows at most; whether there is more to do. The connection must be in a
/// transaction.
pub(crate) async fn forget<C: Connection>(
    connection: &mut C,
    before: Minute,
    limit: u32,
) -> Result<bool, StoreError> {
    let sql = "DELETE FROM usage_counts WHERE (organization_id, minute, key_id, outcome) IN \
        (SELECT organization_id, minute, key_id, outcome FROM usage_counts \
        WHERE organization_id = $1 AND minute < $2 ORDER BY minute LIMIT $3)";
    let mut left = u64::from(limit.max(1));
    let mut organization = next_organization(connection, Uuid::nil()).await?;
    while let Some(id) = organization {
        let limit = i64::try_from(left).unwrap_or(i64::MAX);
        left = left.saturating_sub(connection.run(sql, &params![id, before, limit]).await?);
        if left == 0 {
            return Ok(true);
        }
        let totals = "DELETE FROM usage_totals WHERE organization_id = $1 AND minute < $2";
        connection.run(totals, &params![id, before]).await?;
        organization = next_organization(connection, id.uuid()).await?;
    }
    Ok(false)
}
