//! What must hold when a command is carried out.

use super::{Work, portal_sessions, service_accounts, unchanged};
use crate::command::Condition;
use crate::outcome::Refusal;
use crate::sql::connection::{Connection, Stop};
use crate::sql::param::params;
use crate::sql::queries;

/// Refuses when a condition does not hold.
pub(crate) async fn require<C: Connection>(work: &mut Work<'_, C>, condition: Condition) -> Result<(), Stop> {
    let holds = match condition {
        Condition::KeyInForce(id, secret) => {
            let sql = "SELECT 1 FROM keys k JOIN key_secrets s ON s.key_id = k.id AND s.digest = $1 WHERE k.id = $2 \
                AND k.revoked_at IS NULL AND k.enabled = 1 AND (k.expires_at IS NULL OR k.expires_at > $3) \
                AND (s.superseded_at IS NULL OR s.superseded_at > $3) AND (\
                (k.owner_kind = 'user' AND EXISTS (SELECT 1 FROM members m WHERE m.organization_id = k.organization_id \
                AND m.user_id = k.owner_id AND m.accepted_at IS NOT NULL)) OR \
                (k.owner_kind = 'serviceAccount' AND EXISTS (SELECT 1 FROM service_accounts a WHERE a.id = k.owner_id \
                AND a.disabled_at IS NULL AND a.deleted_at IS NULL)))";
            work.connection.exists(sql, &params![&secret, id, work.now]).await?
        }
        Condition::SessionOpen(id, organization) => {
            let sql = "SELECT 1 FROM sessions s JOIN members m ON m.user_id = s.user_id AND m.organization_id = $1 \
                AND m.accepted_at IS NOT NULL WHERE s.id = $2 AND s.expires_at > $3";
            work.connection.exists(sql, &params![organization, id, work.now]).await?
        }
        Condition::PortalOpen(id) => portal_sessions::is_open(work, id).await?,
        Condition::PortalHasRoom(id, most) => {
            portal_sessions::require_room(work, id, most).await?;
            true
        }
        Condition::IdentityLinked(id, user) => {
            let sql = "SELECT 1 FROM identities WHERE id = $1 AND user_id = $2";
            work.connection.exists(sql, &params![id, user]).await?
        }
        Condition::NotSetUp(id) => {
            let sql =
                "SELECT 1 FROM organizations WHERE id = $1 AND set_up_at IS NULL AND deleted_at IS NULL";
            if work.connection.exists(sql, &params![id]).await? {
                return Ok(());
            }
            return Err(Refusal::SetUpAlready.into());
        }
        Condition::UserUnchanged(id, since) => {
            let row = queries::users::by_id(work.connection, id).await?.ok_or(Refusal::NotFound)?;
            unchanged(row.revision, since)?;
            true
        }
        Condition::ServiceAccountUnchanged(organization, id, since) => {
            let row = service_accounts::find(work, organization, id).await?;
            unchanged(row.revision, since)?;
            true
        }
    };
    if holds { Ok(()) } else { Err(Refusal::CredentialGone.into()) }
}
