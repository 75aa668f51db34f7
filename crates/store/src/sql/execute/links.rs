//! Single-use links: made, used.

use keywright_domain::{LinkTokenId, OrganizationId, UserId};

use super::Work;
use crate::outcome::{Applied, Refusal};
use crate::record::LinkToken;
use crate::sql::connection::{Connection, Stop};
use crate::sql::param::params;
use crate::sql::rows::link_tokens;

pub(super) async fn create<C: Connection>(work: &mut Work<'_, C>, row: &LinkToken) -> Result<Applied, Stop> {
    link_tokens::insert(work.connection, row).await?;
    Ok(Applied::Done)
}

pub(super) async fn void_set_up<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
) -> Result<Applied, Stop> {
    let sql = "DELETE FROM link_tokens WHERE organization_id = $1 AND purpose = 'setUp' AND used_at IS NULL";
    let voided = work.connection.run(sql, &params![organization]).await?;
    Ok(Applied::Count(voided))
}

pub(super) async fn void_password<C: Connection>(
    work: &mut Work<'_, C>,
    user: UserId,
) -> Result<Applied, Stop> {
    let sql = "DELETE FROM link_tokens WHERE member_id IN (SELECT id FROM members WHERE user_id = $1) \
        AND purpose = 'password' AND used_at IS NULL";
    let voided = work.connection.run(sql, &params![user]).await?;
    Ok(Applied::Count(voided))
}

/// Marks a link used, if it is neither used nor expired. One statement, so that of two who race one is refused.
pub(super) async fn mark_used<C: Connection>(work: &mut Work<'_, C>, id: LinkTokenId) -> Result<(), Stop> {
    let sql = "UPDATE link_tokens SET used_at = $1 WHERE id = $2 AND used_at IS NULL AND expires_at > $1";
    if work.connection.run(sql, &params![work.now, id]).await? == 1 {
        return Ok(());
    }
    let known = work.connection.exists("SELECT 1 FROM link_tokens WHERE id = $1", &params![id]).await?;
    Err(if known { Refusal::LinkUsed } else { Refusal::NotFound }.into())
}
