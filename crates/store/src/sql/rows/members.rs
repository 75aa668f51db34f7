//! Memberships, with what is joined in of the person.

use keywright_domain::MemberRole;

use crate::error::StoreError;
use crate::feed::Revision;
use crate::record::Member;
use crate::sql::param::params;
use crate::sql::{Cells, Connection, Param, Row, SqlError};

/// Reads with [`read`].
pub(crate) const SELECT: &str = "SELECT m.id, m.organization_id, m.user_id, u.email, u.name, m.role, m.rate_limits, \
    m.invited_by, m.accepted_at, m.created_at, m.updated_at, m.revision FROM members m JOIN users u ON u.id = m.user_id";

pub(crate) fn read<R: Row + ?Sized>(row: &R) -> Result<Member, StoreError> {
    let mut cells = Cells::new(row);
    Ok(Member {
        id: cells.id()?,
        organization: cells.id()?,
        user: cells.id()?,
        user_email: cells.optional_text()?,
        user_name: cells.text()?,
        role: cells.word(MemberRole::parse)?,
        rate_limits: cells.list()?,
        invited_by: cells.optional_uuid()?,
        accepted_at: cells.optional_time()?,
        created_at: cells.time()?,
        updated_at: cells.time()?,
        revision: cells.revision()?,
    })
}

pub(crate) async fn insert<C: Connection>(
    connection: &mut C,
    row: &Member,
    revision: Revision,
) -> Result<u64, SqlError> {
    let sql = "INSERT INTO members (id, organization_id, user_id, role, rate_limits, invited_by, accepted_at, \
        created_at, updated_at, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let params = params![
        row.id,
        row.organization,
        row.user,
        row.role.as_str(),
        Param::list(&row.rate_limits),
        row.invited_by,
        row.accepted_at,
        row.created_at,
        row.updated_at,
        revision,
    ];
    connection.run(sql, &params).await
}

pub(crate) async fn update<C: Connection>(
    connection: &mut C,
    row: &Member,
    revision: Revision,
) -> Result<u64, SqlError> {
    let sql = "UPDATE members SET role = $1, rate_limits = $2, accepted_at = $3, updated_at = $4, revision = $5 \
        WHERE id = $6";
    let params = params![
        row.role.as_str(),
        Param::list(&row.rate_limits),
        row.accepted_at,
        row.updated_at,
        revision,
        row.id,
    ];
    connection.run(sql, &params).await
}
