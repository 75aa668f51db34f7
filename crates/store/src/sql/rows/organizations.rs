//! Organizations.

use crate::error::StoreError;
use crate::feed::Revision;
use crate::record::Organization;
use crate::sql::param::params;
use crate::sql::{Cells, Connection, Param, Row, SqlError};

/// Reads with [`read`].
pub(crate) const SELECT: &str = "SELECT o.id, o.number, o.slug, o.name, o.description, o.key_prefix, \
    o.default_expiry_seconds, o.max_expiry_seconds, o.catalogue_closed, o.tokens_for_restricted_keys, o.created_by, \
    o.created_at, o.updated_at, o.deleted_at, o.set_up_at, o.revision, o.time_zone, o.portal FROM organizations o";

pub(crate) fn read<R: Row + ?Sized>(row: &R) -> Result<Organization, StoreError> {
    let mut cells = Cells::new(row);
    Ok(Organization {
        id: cells.id()?,
        number: cells.int()?,
        slug: cells.text()?,
        name: cells.text()?,
        description: cells.optional_text()?,
        key_prefix: cells.parsed()?,
        default_expiry_seconds: cells.optional_int()?,
        max_expiry_seconds: cells.optional_int()?,
        catalogue_closed: cells.truth()?,
        tokens_for_restricted_keys: cells.truth()?,
        created_by: cells.optional_uuid()?,
        created_at: cells.time()?,
        updated_at: cells.time()?,
        deleted_at: cells.optional_time()?,
        set_up_at: cells.optional_time()?,
        revision: cells.revision()?,
        time_zone: cells.parsed()?,
        portal: cells.list()?,
    })
}

pub(crate) async fn insert<C: Connection>(
    connection: &mut C,
    row: &Organization,
    revision: Revision,
) -> Result<u64, SqlError> {
    let sql = "INSERT INTO organizations (id, number, slug, name, description, key_prefix, default_expiry_seconds, \
        max_expiry_seconds, catalogue_closed, tokens_for_restricted_keys, created_by, created_at, updated_at, \
        deleted_at, revision, time_zone, portal) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    let params = params![
        row.id,
        row.number,
        &row.slug,
        &row.name,
        &row.description,
        row.key_prefix.as_str(),
        row.default_expiry_seconds,
        row.max_expiry_seconds,
        row.catalogue_closed,
        row.tokens_for_restricted_keys,
        row.created_by,
        row.created_at,
        row.updated_at,
        row.deleted_at,
        revision,
        row.time_zone.name(),
        Param::json(&row.portal),
    ];
    connection.run(sql, &params).await
}

pub(crate) async fn update<C: Connection>(
    connection: &mut C,
    row: &Organization,
    revision: Revision,
) -> Result<u64, SqlError> {
    let sql = "UPDATE organizations SET slug = $1, name = $2, description = $3, key_prefix = $4, \
        default_expiry_seconds = $5, max_expiry_seconds = $6, catalogue_closed = $7, \
        tokens_for_restricted_keys = $8, updated_at = $9, deleted_at = $10, revision = $11, time_zone = $12, \
        portal = $13 WHERE id = $14";
    let params = params![
        &row.slug,
        &row.name,
        &row.description,
        row.key_prefix.as_str(),
        row.default_expiry_seconds,
        row.max_expiry_seconds,
        row.catalogue_closed,
        row.tokens_for_restricted_keys,
        row.updated_at,
        row.deleted_at,
        revision,
        row.time_zone.name(),
        Param::json(&row.portal),
        row.id,
    ];
    connection.run(sql, &params).await
}
