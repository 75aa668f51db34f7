//! The request log.

use keywright_domain::Timestamp;

use super::batch::take_name;
use super::connection::Connection;
use super::param::{Param, params};
use super::rows::keys::owner_cells;
use super::{Cells, Row};
use crate::error::StoreError;
use crate::usage::{Gathered, KeyRequest, LoggedRequest};

/// Reads with [`read`].
pub(crate) const SELECT: &str = "SELECT r.id, r.organization_id, r.key_id, r.owner_kind, r.owner_id, r.at, \
    r.method, r.path, r.route, r.status, r.outcome, r.duration_ms, r.address, r.agent, r.request_id \
    FROM key_requests r";

pub(crate) fn read<R: Row + ?Sized>(row: &R) -> Result<LoggedRequest, StoreError> {
    let mut cells = Cells::new(row);
    Ok(LoggedRequest {
        id: cells.id()?,
        request: KeyRequest {
            organization: cells.id()?,
            key: cells.id()?,
            owner: cells.owner()?,
            at: cells.time()?,
            method: cells.optional_text()?,
            path: cells.optional_text()?,
            route: cells.optional_text()?,
            status: u16::try_from(cells.int()?).map_err(|_| cells.fault("is no HTTP status"))?,
            outcome: cells.optional_text()?,
            duration_ms: cells
                .optional_int()?
                .map(u32::try_from)
                .transpose()
                .map_err(|_| cells.fault("is no duration"))?,
            address: cells.optional_address()?,
            agent: cells.optional_text()?,
            request_id: cells.optional_text()?,
        },
    })
}

/// Writes entries, unless the batch was written already. The connection must be in a transaction.
pub(crate) async fn record<C: Connection>(
    connection: &mut C,
    requests: &Gathered<LoggedRequest>,
) -> Result<(), StoreError> {
    if !take_name(connection, requests.id, requests.now).await? {
        return Ok(());
    }
    let sql = "INSERT INTO key_requests (id, organization_id, key_id, owner_kind, owner_id, at, method, path, \
        route, status, outcome, duration_ms, address, agent, request_id) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    for LoggedRequest { id, request } in &requests.rows {
        let (owner_kind, owner) = owner_cells(request.owner);
        let params = params![
            *id,
            request.organization,
            request.key,
            owner_kind,
            owner,
            request.at,
            &request.method,
            &request.path,
            &request.route,
            i64::from(request.status),
            &request.outcome,
            request.duration_ms.map(i64::from),
            Param::Text(request.address.map(|address| address.to_string().into())),
            &request.agent,
            &request.request_id,
        ];
        connection.run(sql, &params).await?;
    }
    Ok(())
}

/// Deletes entries older than `before` or beyond the newest `keep`, `limit` at most; whether there is more to do. The
/// connection must be in a transaction.
///
/// Entries are written in the order of time but for seconds: the oldest are those with the lowest positions.
pub(crate) async fn forget<C: Connection>(
    connection: &mut C,
    before: Timestamp,
    keep: u64,
    limit: u32,
) -> Result<bool, StoreError> {
    let sql = "SELECT position FROM key_requests ORDER BY position DESC LIMIT 1";
    let Some(newest) = connection.first(sql, &[], |row| Cells::new(row).int()).await? else {
        return Ok(false);
    };
    let beyond = newest.saturating_sub(i64::try_from(keep).unwrap_or(i64::MAX));
    let limit = limit.max(1);
    let sql = "SELECT position, at FROM key_requests ORDER BY position LIMIT $1";
    let oldest = |row: &dyn Row| {
        let mut cells = Cells::new(row);
        Ok((cells.int()?, cells.time()?))
    };
    let oldest = connection.rows(sql, &params![i64::from(limit)], oldest).await?;
    let gone = oldest.iter().take_while(|(position, at)| *position <= beyond || *at < before);
    let gone: Vec<i64> = gone.map(|(position, _)| *position).collect();
    if let Some(last) = gone.last() {
        connection.run("DELETE FROM key_requests WHERE position <= $1", &params![*last]).await?;
    }
    Ok(u32::try_from(gone.len()).is_ok_and(|gone| gone == limit))
}
