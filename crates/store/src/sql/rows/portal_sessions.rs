//! Sessions of the portal.

use keywright_domain::{Digest, Id, PortalSessionId};

use crate::error::StoreError;
use crate::record::{PortalOpener, PortalSession};
use crate::sql::param::params;
use crate::sql::{Cells, Connection, Param, Row, SqlError};

/// Reads with [`read`].
pub(crate) const SELECT: &str = "SELECT p.id, p.organization_id, p.external_id, p.service_account_id, p.permissions, \
    p.key_id, p.key_secret, p.session_id, p.created_by, p.created_at, p.expires_at, p.digest, p.opened_at, p.ended_at \
    FROM portal_sessions p";

pub(crate) fn read<R: Row + ?Sized>(row: &R) -> Result<PortalSession, StoreError> {
    let mut cells = Cells::new(row);
    Ok(PortalSession {
        id: cells.id()?,
        organization: cells.id()?,
        external_id: cells.text()?,
        service_account: cells.id()?,
        permissions: cells.json()?,
        opener: cells.opener()?,
        created_by: cells.uuid()?,
        created_at: cells.time()?,
        expires_at: cells.time()?,
        digest: cells.optional_bytes()?.map(Digest::from_bytes),
        opened_at: cells.optional_time()?,
        ended_at: cells.optional_time()?,
    })
}

impl<R: Row + ?Sized> Cells<'_, R> {
    /// What it was opened with, in three cells: a key and one of its secrets, or a session.
    fn opener(&mut self) -> Result<PortalOpener, StoreError> {
        let (key, secret) = (self.optional_uuid()?, self.optional_bytes()?);
        match (key, secret, self.optional_uuid()?) {
            (Some(key), Some(secret), None) => {
                Ok(PortalOpener::Key(Id::from_uuid(key), Digest::from_bytes(secret)))
            }
            (None, None, Some(session)) => Ok(PortalOpener::Session(Id::from_uuid(session))),
            _ => Err(self.fault("does not say what the session was opened with")),
        }
    }
}

pub(crate) async fn find<C: Connection>(
    connection: &mut C,
    id: PortalSessionId,
) -> Result<Option<PortalSession>, SqlError> {
    let sql = format!("{SELECT} WHERE p.id = $1");
    connection.first(&sql, &params![id], |row| read(row)).await
}

pub(crate) async fn insert<C: Connection>(connection: &mut C, row: &PortalSession) -> Result<u64, SqlError> {
    let sql = "INSERT INTO portal_sessions (id, organization_id, external_id, service_account_id, permissions, key_id, \
        key_secret, session_id, created_by, created_at, expires_at, digest, opened_at, ended_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let (key, secret, session) = match &row.opener {
        PortalOpener::Key(key, secret) => (Some(key.uuid()), Some(secret), None),
        PortalOpener::Session(session) => (None, None, Some(session.uuid())),
    };
    let params = params![
        row.id,
        row.organization,
        &row.external_id,
        row.service_account,
        Param::json(&row.permissions),
        key,
        Param::Bytes(secret.map(|secret| secret.as_bytes().as_slice())),
        session,
        row.created_by,
        row.created_at,
        row.expires_at,
        Param::Bytes(row.digest.as_ref().map(|digest| digest.as_bytes().as_slice())),
        row.opened_at,
        row.ended_at,
    ];
    connection.run(sql, &params).await
}
