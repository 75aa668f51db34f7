//! Sessions of the portal: made, begun, ended.

use keywright_domain::{Digest, OrganizationId, PortalSessionId};

use super::Work;
use crate::outcome::{Applied, Refusal};
use crate::record::PortalSession;
use crate::sql::Cells;
use crate::sql::connection::{Connection, Stop};
use crate::sql::param::params;
use crate::sql::rows::portal_sessions;

pub(super) async fn create<C: Connection>(
    work: &mut Work<'_, C>,
    row: &PortalSession,
) -> Result<Applied, Stop> {
    let sql = "SELECT 1 FROM service_accounts a JOIN organizations o ON o.id = a.organization_id \
        WHERE a.id = $1 AND a.organization_id = $2 AND a.deleted_at IS NULL AND o.deleted_at IS NULL";
    if !work.connection.exists(sql, &params![row.service_account, row.organization]).await? {
        return Err(Refusal::OwnerGone.into());
    }
    portal_sessions::insert(work.connection, row).await?;
    Ok(Applied::Done)
}

/// One statement, so that of two who race one is refused.
pub(super) async fn open<C: Connection>(
    work: &mut Work<'_, C>,
    id: PortalSessionId,
    digest: &Digest,
) -> Result<Applied, Stop> {
    let sql = "UPDATE portal_sessions SET digest = $1, opened_at = $2 \
        WHERE id = $3 AND opened_at IS NULL AND ended_at IS NULL AND expires_at > $2";
    if work.connection.run(sql, &params![digest, work.now, id]).await? == 1 {
        return Ok(Applied::Done);
    }
    Err(Refusal::LinkUsed.into())
}

pub(super) async fn end<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: PortalSessionId,
) -> Result<Applied, Stop> {
    let sql =
        "UPDATE portal_sessions SET ended_at = COALESCE(ended_at, $1) WHERE id = $2 AND organization_id = $3";
    if work.connection.run(sql, &params![work.now, id, organization]).await? == 1 {
        return Ok(Applied::Done);
    }
    Err(Refusal::NotFound.into())
}

/// Whether a session has begun and is in force, its opener aside.
pub(super) async fn is_open<C: Connection>(
    work: &mut Work<'_, C>,
    id: PortalSessionId,
) -> Result<bool, Stop> {
    let sql = "SELECT 1 FROM portal_sessions p JOIN organizations o ON o.id = p.organization_id \
        JOIN service_accounts a ON a.id = p.service_account_id WHERE p.id = $1 AND p.opened_at IS NOT NULL \
        AND p.ended_at IS NULL AND p.expires_at > $2 AND o.deleted_at IS NULL \
        AND a.disabled_at IS NULL AND a.deleted_at IS NULL";
    Ok(work.connection.exists(sql, &params![id, work.now]).await?)
}

/// Whether its customer has fewer than `most` keys that they made in the portal and that work.
pub(super) async fn has_room<C: Connection>(
    work: &mut Work<'_, C>,
    id: PortalSessionId,
    most: u32,
) -> Result<bool, Stop> {
    let sql = "SELECT COUNT(*) FROM portal_sessions p JOIN keys k ON k.organization_id = p.organization_id \
        AND k.external_id = p.external_id AND k.portal_customer = p.external_id \
        AND k.owner_kind = 'serviceAccount' AND k.owner_id = p.service_account_id \
        AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $1) WHERE p.id = $2";
    let count = work.connection.first(sql, &params![work.now, id], |row| Cells::new(row).int()).await?;
    Ok(count.unwrap_or(0) < i64::from(most))
}
