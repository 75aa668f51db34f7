//! Signing keys: added, forgotten.

use keywright_domain::OrganizationId;
use uuid::Uuid;

use super::Work;
use crate::outcome::{Applied, Refusal, UniqueField};
use crate::record::SealedSigningKey;
use crate::sql::connection::{Connection, Stop};
use crate::sql::feed::ChangeKind;
use crate::sql::param::params;
use crate::sql::rows::signing_keys;

pub(super) async fn add<C: Connection>(
    work: &mut Work<'_, C>,
    row: &SealedSigningKey,
) -> Result<Applied, Stop> {
    let last = signing_keys::all(work.connection).await?.last().map_or(0, |last| last.position);
    if row.position != last + 1 {
        return Err(Refusal::NotUnique(UniqueField::Identity).into());
    }
    signing_keys::insert(work.connection, row, work.revision).await?;
    changed(work).await
}

pub(super) async fn drop_before<C: Connection>(
    work: &mut Work<'_, C>,
    position: i64,
) -> Result<Applied, Stop> {
    let sql = "DELETE FROM signing_keys WHERE position < $1";
    if work.connection.run(sql, &params![position]).await? > 0 {
        changed(work).await?;
    }
    Ok(Applied::Done)
}

/// They are the server's own and belong to no organization.
async fn changed<C: Connection>(work: &mut Work<'_, C>) -> Result<Applied, Stop> {
    work.changed(ChangeKind::SigningKeys, OrganizationId::from_uuid(Uuid::nil()), Uuid::nil()).await?;
    Ok(Applied::Done)
}
