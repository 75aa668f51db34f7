//! Organizations: made, changed, closed.

use keywright_domain::{OrganizationId, UserId};

use super::{Work, unchanged};
use crate::command::OrganizationChanges;
use crate::feed::Revision;
use crate::outcome::{Applied, Refusal};
use crate::record::Organization;
use crate::sql::connection::{Connection, Stop};
use crate::sql::execute::revoke::{Which, revoke_which};
use crate::sql::execute::service_accounts::disable_all;
use crate::sql::feed::ChangeKind;
use crate::sql::param::params;
use crate::sql::rows::organizations;
use crate::sql::{Cells, queries};

pub(super) async fn create<C: Connection>(
    work: &mut Work<'_, C>,
    row: &Organization,
) -> Result<Applied, Stop> {
    organizations::insert(work.connection, row, work.revision).await?;
    work.changed(ChangeKind::Organization, row.id, row.id.uuid()).await?;
    Ok(Applied::Done)
}

pub(super) async fn update<C: Connection>(
    work: &mut Work<'_, C>,
    id: OrganizationId,
    unchanged_since: Revision,
    changes: OrganizationChanges,
) -> Result<Applied, Stop> {
    let old = open(work, id, unchanged_since).await?;
    let new = Organization {
        name: changes.name.apply(old.name),
        slug: changes.slug.apply(old.slug),
        description: changes.description.apply(old.description),
        key_prefix: changes.key_prefix.apply(old.key_prefix),
        default_expiry_seconds: changes.default_expiry_seconds.apply(old.default_expiry_seconds),
        max_expiry_seconds: changes.max_expiry_seconds.apply(old.max_expiry_seconds),
        catalogue_closed: changes.catalogue_closed.apply(old.catalogue_closed),
        tokens_for_restricted_keys: changes.tokens_for_restricted_keys.apply(old.tokens_for_restricted_keys),
        time_zone: changes.time_zone.apply(old.time_zone),
        portal: changes.portal.apply(old.portal),
        updated_at: work.now,
        ..old
    };
    write(work, &new).await
}

pub(super) async fn delete<C: Connection>(
    work: &mut Work<'_, C>,
    id: OrganizationId,
    unchanged_since: Revision,
) -> Result<Applied, Stop> {
    let old = open(work, id, unchanged_since).await?;
    revoke_which(work, id, &Which { every: true, ..Which::default() }).await?;
    disable_all(work, id).await?;
    for user in end_memberships(work, id).await? {
        work.changed(ChangeKind::Member, id, user.uuid()).await?;
    }
    let new = Organization { deleted_at: Some(work.now), updated_at: work.now, ..old };
    write(work, &new).await
}

async fn end_memberships<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
) -> Result<Vec<UserId>, Stop> {
    let sql = "DELETE FROM members WHERE organization_id = $1 RETURNING user_id";
    Ok(work.connection.rows(sql, &params![organization], |row| Cells::new(row).id()).await?)
}

async fn open<C: Connection>(
    work: &mut Work<'_, C>,
    id: OrganizationId,
    unchanged_since: Revision,
) -> Result<Organization, Stop> {
    let row = queries::organizations::by_id(work.connection, id).await?;
    let row = row.filter(|row| row.deleted_at.is_none()).ok_or(Refusal::NotFound)?;
    unchanged(row.revision, unchanged_since)?;
    Ok(row)
}

async fn write<C: Connection>(work: &mut Work<'_, C>, row: &Organization) -> Result<Applied, Stop> {
    organizations::update(work.connection, row, work.revision).await?;
    work.changed(ChangeKind::Organization, row.id, row.id.uuid()).await?;
    Ok(Applied::Done)
}
