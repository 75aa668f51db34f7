//! Budgets of keys, and lots that were reserved of them.

use keywright_domain::{
    Budget, CreditLotId, KeyId, NodeId, OrganizationId, Refill, RefillInterval, TimeZone,
};

use crate::error::StoreError;
use crate::sql::param::params;
use crate::sql::{Cells, Connection, Row, SqlError};

/// The columns that [`Cells::optional_budget`] takes, of `key_credits c`.
pub(crate) const COLUMNS: &str = "c.remaining, c.refill_amount, c.refill_interval, c.low_threshold, c.since";

/// A budget, with what is needed to act on it.
pub(crate) struct Kept {
    pub(crate) budget: Budget,
    /// Whether it was told that little is left.
    pub(crate) low_told: bool,
    pub(crate) organization: OrganizationId,
    pub(crate) zone: TimeZone,
}

const fn interval_word(interval: RefillInterval) -> &'static str {
    match interval {
        RefillInterval::Daily => "daily",
        RefillInterval::Monthly => "monthly",
    }
}

fn interval(word: &str) -> Option<RefillInterval> {
    [RefillInterval::Daily, RefillInterval::Monthly].into_iter().find(|it| interval_word(*it) == word)
}

impl<R: Row + ?Sized> Cells<'_, R> {
    /// The budget; `None` where the row was joined with nothing.
    pub(crate) fn optional_budget(&mut self) -> Result<Option<Budget>, StoreError> {
        let remaining = self.optional_count()?;
        let amount = self.optional_count()?;
        let interval = self.optional_word(interval)?;
        let low_threshold = self.optional_count()?;
        let since = self.optional_time()?;
        let (Some(remaining), Some(since)) = (remaining, since) else { return Ok(None) };
        let refill = match (amount, interval) {
            (Some(amount), Some(interval)) => Some(Refill { amount, interval }),
            (None, None) => None,
            _ => return Err(self.fault("belongs to a refill of which a part is missing")),
        };
        Ok(Some(Budget { remaining, refill, low_threshold, since }))
    }
}

/// The budget of a key, if it has one.
pub(crate) async fn find<C: Connection>(connection: &mut C, key: KeyId) -> Result<Option<Kept>, SqlError> {
    let sql = format!(
        "SELECT {COLUMNS}, c.low_told, k.organization_id, o.time_zone FROM key_credits c \
        JOIN keys k ON k.id = c.key_id JOIN organizations o ON o.id = k.organization_id WHERE c.key_id = $1"
    );
    let read = |row: &dyn Row| {
        let mut cells = Cells::new(row);
        let budget = cells.optional_budget()?.ok_or_else(|| cells.fault("is null"))?;
        Ok(Kept { budget, low_told: cells.truth()?, organization: cells.id()?, zone: cells.parsed()? })
    };
    connection.first(&sql, &params![key], read).await
}

/// Gives a key this budget in place of the one that it has, if any.
pub(crate) async fn put<C: Connection>(
    connection: &mut C,
    key: KeyId,
    budget: &Budget,
    low_told: bool,
) -> Result<u64, SqlError> {
    let sql = "INSERT INTO key_credits (key_id, remaining, refill_amount, refill_interval, low_threshold, low_told, \
        since) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (key_id) DO UPDATE SET \
        remaining = excluded.remaining, refill_amount = excluded.refill_amount, \
        refill_interval = excluded.refill_interval, low_threshold = excluded.low_threshold, \
        low_told = excluded.low_told, since = excluded.since";
    let refill = budget.refill.as_ref();
    let params = params![
        key,
        count(budget.remaining),
        refill.map(|refill| count(refill.amount)),
        refill.map(|refill| interval_word(refill.interval)),
        budget.low_threshold.map(count),
        low_told,
        budget.since,
    ];
    connection.run(sql, &params).await
}

/// Takes a key's budget away.
pub(crate) async fn delete<C: Connection>(connection: &mut C, key: KeyId) -> Result<u64, SqlError> {
    connection.run("DELETE FROM key_credits WHERE key_id = $1", &params![key]).await
}

/// How much was ever reserved in a lot; `None` where the lot is void.
pub(crate) async fn lot<C: Connection>(connection: &mut C, id: CreditLotId) -> Result<Option<u64>, SqlError> {
    let sql = "SELECT amount FROM credit_lots WHERE id = $1";
    connection.first(sql, &params![id], |row| Cells::new(row).count()).await
}

/// Reserves credits in a lot, on top of what was reserved in it before.
pub(crate) async fn add_to_lot<C: Connection>(
    connection: &mut C,
    id: CreditLotId,
    key: KeyId,
    holder: NodeId,
    extra: u64,
) -> Result<u64, SqlError> {
    let sql = "INSERT INTO credit_lots (id, key_id, holder, amount) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (id) DO UPDATE SET amount = credit_lots.amount + excluded.amount";
    connection.run(sql, &params![id, key, holder, count(extra)]).await
}

/// Ends a lot: whose it was, and how much was ever reserved in it.
pub(crate) async fn end_lot<C: Connection>(
    connection: &mut C,
    id: CreditLotId,
) -> Result<Option<(KeyId, u64)>, SqlError> {
    let sql = "DELETE FROM credit_lots WHERE id = $1 RETURNING key_id, amount";
    let read = |row: &dyn Row| {
        let mut cells = Cells::new(row);
        Ok((cells.id()?, cells.count()?))
    };
    connection.first(sql, &params![id], read).await
}

/// Voids all lots of a key.
pub(crate) async fn void_lots_of<C: Connection>(connection: &mut C, key: KeyId) -> Result<u64, SqlError> {
    connection.run("DELETE FROM credit_lots WHERE key_id = $1", &params![key]).await
}

/// Voids all lots that anybody but `holder` has.
pub(crate) async fn void_lots_but<C: Connection>(
    connection: &mut C,
    holder: NodeId,
) -> Result<u64, SqlError> {
    connection.run("DELETE FROM credit_lots WHERE holder <> $1", &params![holder]).await
}

/// Credits are below 2^53.
fn count(credits: u64) -> i64 {
    i64::try_from(credits).unwrap_or(i64::MAX)
}
