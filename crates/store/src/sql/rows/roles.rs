//! Roles.

use crate::error::StoreError;
use crate::feed::Revision;
use crate::record::Role;
use crate::sql::param::params;
use crate::sql::{Cells, Connection, Param, Row, SqlError};

/// Reads with [`read`].
pub(crate) const SELECT: &str = "SELECT r.id, r.organization_id, r.name, r.description, r.permissions, \
    r.created_by, r.created_at, r.updated_at, r.revision FROM roles r";

pub(crate) fn read<R: Row + ?Sized>(row: &R) -> Result<Role, StoreError> {
    let mut cells = Cells::new(row);
    Ok(Role {
        id: cells.id()?,
        organization: cells.id()?,
        name: cells.text()?,
        description: cells.optional_text()?,
        permissions: cells.list()?,
        created_by: cells.optional_uuid()?,
        created_at: cells.time()?,
        updated_at: cells.time()?,
        revision: cells.revision()?,
    })
}

pub(crate) async fn insert<C: Connection>(
    connection: &mut C,
    row: &Role,
    revision: Revision,
) -> Result<u64, SqlError> {
    let sql = "INSERT INTO roles (id, organization_id, name, description, permissions, created_by, created_at, \
        updated_at, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let params = params![
        row.id,
        row.organization,
        &row.name,
        &row.description,
        Param::list(&row.permissions),
        row.created_by,
        row.created_at,
        row.updated_at,
        revision,
    ];
    connection.run(sql, &params).await
}

pub(crate) async fn update<C: Connection>(
    connection: &mut C,
    row: &Role,
    revision: Revision,
) -> Result<u64, SqlError> {
    let sql = "UPDATE roles SET name = $1, description = $2, permissions = $3, updated_at = $4, revision = $5 \
        WHERE id = $6";
    let params =
        params![&row.name, &row.description, Param::list(&row.permissions), row.updated_at, revision, row.id];
    connection.run(sql, &params).await
}
