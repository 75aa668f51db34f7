//! Sessions of the portal: made, begun, ended.

use std::time::Duration;

use keywright_domain::{Digest, KeyId, OrganizationId, PortalSessionId};

use super::Work;
use crate::outcome::{Applied, Refusal};
use crate::record::PortalSession;
use crate::sql::Cells;
use crate::sql::connection::{Connection, Stop};
use crate::sql::param::params;
use crate::sql::rows::portal_sessions;
use crate::sql::statement::Statement;

/// How often over a customer may make, in a day, as many keys as they may have.
const PORTAL_KEYS_A_DAY: i64 = 10;
const A_DAY: Duration = Duration::from_hours(24);

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

/// Ends those of a customer that are not over.
pub(super) async fn end_all_of<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    external_id: &str,
) -> Result<(), Stop> {
    let sql = "UPDATE portal_sessions SET ended_at = $1 \
        WHERE organization_id = $2 AND external_id = $3 AND ended_at IS NULL AND expires_at > $1";
    work.connection.run(sql, &params![work.now, organization, external_id]).await?;
    Ok(())
}

/// Refuses unless its customer may make one more key: they have fewer than `most` that they made in the portal and that
/// work, and did not make very many of late.
///
/// Each count goes along an index of its own and ends at its limit: however many keys the customer made and revoked, the
/// transactions of others do not wait for it.
pub(super) async fn require_room<C: Connection>(
    work: &mut Work<'_, C>,
    id: PortalSessionId,
    most: u32,
) -> Result<(), Stop> {
    let session = portal_sessions::find(work.connection, id).await?.ok_or(Refusal::CredentialGone)?;
    let in_a_day = i64::from(most).saturating_mul(PORTAL_KEYS_A_DAY);
    // Ids are made in the order of time.
    let since = KeyId::new(work.now.minus(A_DAY), &[0; 10]);
    let mut made = Statement::new("SELECT COUNT(*) FROM (SELECT 1 FROM keys");
    by_customer(&mut made, &session);
    made.with(" AND id >= ", since).with(" LIMIT ", in_a_day).push(") AS made");
    if counted(work, &made).await? >= in_a_day {
        return Err(Refusal::PortalSpent.into());
    }
    let mut room = i64::from(most);
    for is_endless in [true, false] {
        let mut works = Statement::new("SELECT COUNT(*) FROM (SELECT 1 FROM keys");
        by_customer(&mut works, &session);
        works.with(" AND external_id = ", &session.external_id).push(" AND revoked_at IS NULL");
        if is_endless {
            works.push(" AND expires_at IS NULL");
        } else {
            works.with(" AND expires_at > ", work.now);
        }
        works.with(" LIMIT ", room).push(") AS works");
        room -= counted(work, &works).await?;
        if room <= 0 {
            return Err(Refusal::PortalFull.into());
        }
    }
    Ok(())
}

/// Those that a customer made in the portal, for the service account of a session.
fn by_customer<'a>(statement: &mut Statement<'a>, session: &'a PortalSession) {
    statement
        .with(" WHERE organization_id = ", session.organization)
        .with(" AND portal_customer = ", &session.external_id)
        .with(" AND owner_id = ", session.service_account)
        .push(" AND owner_kind = 'serviceAccount'");
}

async fn counted<C: Connection>(work: &mut Work<'_, C>, statement: &Statement<'_>) -> Result<i64, Stop> {
    let count = work.connection.first(statement.text(), statement.params(), |row| Cells::new(row).int());
    Ok(count.await?.unwrap_or(0))
}
