//! When keys were last used.

use keywright_domain::KeyId;

use super::Param;
use super::connection::Connection;
use super::param::params;
use crate::error::StoreError;
use crate::record::KeyUse;

/// Writes last uses; a later one that is stored already stays. The connection must be in a transaction.
pub(crate) async fn record_uses<C: Connection>(
    connection: &mut C,
    uses: &[(KeyId, KeyUse)],
) -> Result<(), StoreError> {
    let sql = "INSERT INTO key_uses (key_id, at, address, agent) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (key_id) DO UPDATE SET at = excluded.at, address = excluded.address, agent = excluded.agent \
        WHERE excluded.at > key_uses.at";
    for (key, used) in uses {
        let address = Param::Text(used.address.map(|address| address.to_string().into()));
        connection.run(sql, &params![*key, used.at, address, &used.agent]).await?;
    }
    Ok(())
}
