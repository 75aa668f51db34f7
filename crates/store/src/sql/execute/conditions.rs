//! What must hold when a command is carried out.

use super::{Work, service_accounts, unchanged};
use crate::command::Condition;
use crate::outcome::Refusal;
use crate::sql::connection::{Connection, Stop};
use crate::sql::param::params;

/// Refuses when a condition does not hold.
pub(super) async fn require<C: Connection>(work: &mut Work<'_, C>, condition: Condition) -> Result<(), Stop> {
    let holds = match condition {
        Condition::KeyInForce(id) => {
            let sql = "SELECT 1 FROM keys k WHERE k.id = $1 AND k.revoked_at IS NULL AND k.enabled = 1 AND (\
                (k.owner_kind = 'user' AND EXISTS (SELECT 1 FROM members m WHERE m.organization_id = k.organization_id \
                AND m.user_id = k.owner_id AND m.accepted_at IS NOT NULL)) OR \
                (k.owner_kind = 'serviceAccount' AND EXISTS (SELECT 1 FROM service_accounts a WHERE a.id = k.owner_id \
                AND a.disabled_at IS NULL AND a.deleted_at IS NULL)))";
            work.connection.exists(sql, &params![id]).await?
        }
        Condition::SessionOpen(id) => {
            work.connection.exists("SELECT 1 FROM sessions WHERE id = $1", &params![id]).await?
        }
        Condition::ServiceAccountUnchanged(organization, id, since) => {
            let row = service_accounts::find(work, organization, id).await?;
            unchanged(row.revision, since)?;
            true
        }
    };
    if holds { Ok(()) } else { Err(Refusal::CredentialGone.into()) }
}
