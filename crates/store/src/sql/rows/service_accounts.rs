//! Service accounts.

use crate::error::StoreError;
use crate::feed::Revision;
use crate::record::ServiceAccount;
use crate::sql::param::params;
use crate::sql::{Cells, Connection, Param, Row, SqlError};

/// Reads with [`read`].
pub(crate) const SELECT: &str = "SELECT a.id, a.organization_id, a.name, a.description, a.permissions, \
    a.rate_limits, a.disabled_at, a.deleted_at, a.created_by, a.created_at, a.updated_at, a.revision FROM service_accounts a";

pub(crate) fn read<R: Row + ?Sized>(row: &R) -> Result<ServiceAccount, StoreError> {
    let mut cells = Cells::new(row);
    Ok(ServiceAccount {
        id: cells.id()?,
        organization: cells.id()?,
        name: cells.text()?,
        description: cells.optional_text()?,
        permissions: cells.list()?,
        rate_limits: cells.list()?,
        disabled_at: cells.optional_time()?,
        deleted_at: cells.optional_time()?,
        created_by: cells.optional_uuid()?,
        created_at: cells.time()?,
        updated_at: cells.time()?,
        revision: cells.revision()?,
    })
}

pub(crate) async fn insert<C: Connection>(
    connection: &mut C,
    row: &ServiceAccount,
    revision: Revision,
) -> Result<u64, SqlError> {
    let sql = "INSERT INTO service_accounts (id, organization_id, name, description, permissions, rate_limits, \
        disabled_at, deleted_at, created_by, created_at, updated_at, revision) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let params = params![
        row.id,
        row.organization,
        &row.name,
        &row.description,
        Param::list(&row.permissions),
        Param::list(&row.rate_limits),
        row.disabled_at,
        row.deleted_at,
        row.created_by,
        row.created_at,
        row.updated_at,
        revision,
    ];
    connection.run(sql, &params).await
}

pub(crate) async fn update<C: Connection>(
    connection: &mut C,
    row: &ServiceAccount,
    revision: Revision,
) -> Result<u64, SqlError> {
    let sql = "UPDATE service_accounts SET name = $1, description = $2, permissions = $3, rate_limits = $4, \
        disabled_at = $5, deleted_at = $6, updated_at = $7, revision = $8 WHERE id = $9";
    let params = params![
        &row.name,
        &row.description,
        Param::list(&row.permissions),
        Param::list(&row.rate_limits),
        row.disabled_at,
        row.deleted_at,
        row.updated_at,
        revision,
        row.id,
    ];
    connection.run(sql, &params).await
}
