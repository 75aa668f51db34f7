//! People: added, changed.

use keywright_domain::{OrganizationId, UserId};

use super::{Work, unchanged};
use crate::command::UserChanges;
use crate::feed::Revision;
use crate::outcome::{Applied, Refusal};
use crate::record::User;
use crate::sql::connection::{Connection, Stop};
use crate::sql::feed::ChangeKind;
use crate::sql::param::params;
use crate::sql::rows::users;
use crate::sql::{Cells, queries};

pub(super) async fn create<C: Connection>(work: &mut Work<'_, C>, row: &User) -> Result<Applied, Stop> {
    work.written += users::insert(work.connection, row, work.revision).await?;
    Ok(Applied::Done)
}

pub(super) async fn update<C: Connection>(
    work: &mut Work<'_, C>,
    id: UserId,
    unchanged_since: Revision,
    changes: UserChanges,
) -> Result<Applied, Stop> {
    let old = queries::users::by_id(work.connection, id).await?.ok_or(Refusal::NotFound)?;
    unchanged(old.revision, unchanged_since)?;
    let shows_otherwise = !(changes.email.is_keep() && changes.name.is_keep());
    let new = User {
        email: changes.email.apply(old.email),
        name: changes.name.apply(old.name),
        password_hash: changes.password_hash.apply(old.password_hash),
        must_change_password: changes.must_change_password.apply(old.must_change_password),
        should_change_password: changes.should_change_password.apply(old.should_change_password),
        is_onboarded: changes.is_onboarded.apply(old.is_onboarded),
        updated_at: work.now,
        ..old
    };
    work.written += users::update(work.connection, &new, work.revision).await?;
    if shows_otherwise {
        touch_memberships(work, id).await?;
    }
    Ok(Applied::Done)
}

/// A membership shows its person's address and name: when they change, so does it.
async fn touch_memberships<C: Connection>(work: &mut Work<'_, C>, user: UserId) -> Result<(), Stop> {
    let sql = "UPDATE members SET revision = $1 WHERE user_id = $2 RETURNING organization_id";
    let params = params![work.revision, user];
    let touched: Vec<OrganizationId> = work.connection.rows(sql, &params, |row| Cells::new(row).id()).await?;
    for organization in touched {
        work.changed(ChangeKind::Member, organization, user.uuid()).await?;
    }
    Ok(())
}
