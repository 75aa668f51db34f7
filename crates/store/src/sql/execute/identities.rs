//! Identities of people: linked, taken off.

use keywright_domain::{IdentityId, UserId};

use super::Work;
use crate::outcome::{Applied, Refusal};
use crate::record::LinkedIdentity;
use crate::sql::connection::{Connection, Stop};
use crate::sql::param::params;
use crate::sql::rows::identities;

pub(super) async fn link<C: Connection>(
    work: &mut Work<'_, C>,
    row: &LinkedIdentity,
) -> Result<Applied, Stop> {
    identities::insert(work.connection, row).await?;
    Ok(Applied::Done)
}

pub(super) async fn unlink<C: Connection>(
    work: &mut Work<'_, C>,
    user: UserId,
    id: IdentityId,
) -> Result<Applied, Stop> {
    let sql = "DELETE FROM identities WHERE id = $1 AND user_id = $2";
    let gone = work.connection.run(sql, &params![id, user]).await?;
    if gone == 1 { Ok(Applied::Done) } else { Err(Refusal::NotFound.into()) }
}
