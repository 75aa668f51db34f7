//! When keys were last used.

use keywright_domain::KeyId;

use super::connection::Connection;
use super::param::params;
use crate::error::StoreError;
use crate::record::KeyUse;

/// Writes last uses; a later one that is stored already stays. The connection must be in a transaction.
pub(crate) async fn record_uses<C: Connection>(
    connection: &mut C,
    uses: &[(KeyId, KeyUse)],
) -> Result<(), StoreError> {
    let later = "UPDATE key_uses SET at = $1, address = $2, agent = $3 WHERE key_id = $4 AND at < $1";
    let first = "INSERT INTO key_uses (key_id, organization_id, at, address, agent) \
        SELECT k.id, k.organization_id, $1, $2, $3 FROM keys k WHERE k.id = $4 ON CONFLICT (key_id) DO NOTHING";
    let note = "UPDATE keys SET is_used = 1 WHERE id = $1";
    for (key, used) in uses {
        let address = used.address.map(|address| address.to_string());
        let params = params![used.at, &address, &used.agent, *key];
        if connection.run(later, &params).await? == 0 && connection.run(first, &params).await? > 0 {
            connection.run(note, &params![*key]).await?;
        }
    }
    Ok(())
}
