//! Sessions: begun, ended.

use keywright_domain::{SessionId, Timestamp, UserId};

use super::Work;
use crate::outcome::Applied;
use crate::record::Session;
use crate::sql::connection::{Connection, Stop};
use crate::sql::param::params;
use crate::sql::rows::sessions;
use crate::sql::statement::Statement;

pub(super) async fn create<C: Connection>(work: &mut Work<'_, C>, row: &Session) -> Result<Applied, Stop> {
    sessions::insert(work.connection, row).await?;
    Ok(Applied::Done)
}

pub(super) async fn note<C: Connection>(
    work: &mut Work<'_, C>,
    id: SessionId,
    at: Timestamp,
) -> Result<Applied, Stop> {
    let sql =
        "UPDATE sessions SET last_seen_at = $1 WHERE id = $2 AND (last_seen_at IS NULL OR last_seen_at < $1)";
    work.connection.run(sql, &params![at, id]).await?;
    Ok(Applied::Done)
}

pub(super) async fn delete<C: Connection>(work: &mut Work<'_, C>, id: SessionId) -> Result<Applied, Stop> {
    work.connection.run("DELETE FROM sessions WHERE id = $1", &params![id]).await?;
    Ok(Applied::Done)
}

pub(super) async fn delete_of<C: Connection>(
    work: &mut Work<'_, C>,
    user: UserId,
    except: Option<SessionId>,
) -> Result<Applied, Stop> {
    let mut statement = Statement::new("DELETE FROM sessions WHERE user_id = ");
    statement.bind(user);
    if let Some(except) = except {
        statement.with(" AND id <> ", except);
    }
    let ended = work.connection.run(statement.text(), statement.params()).await?;
    Ok(Applied::Count(ended))
}
