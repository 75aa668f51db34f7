//! Service accounts: made, changed, switched on and off, deleted.

use keywright_domain::{OrganizationId, ServiceAccountId};

use super::revoke::{Which, revoke_which};
use super::{Work, unchanged};
use crate::command::ServiceAccountChanges;
use crate::feed::Revision;
use crate::outcome::{Applied, Refusal};
use crate::record::{KeyOwner, ServiceAccount};
use crate::sql::connection::{Connection, Stop};
use crate::sql::feed::ChangeKind;
use crate::sql::param::params;
use crate::sql::rows::service_accounts;
use crate::sql::{Cells, queries};

pub(super) async fn create<C: Connection>(
    work: &mut Work<'_, C>,
    row: &ServiceAccount,
) -> Result<Applied, Stop> {
    work.open_organization(row.organization).await?;
    service_accounts::insert(work.connection, row, work.revision).await?;
    changed(work, row.organization, row.id).await
}

pub(super) async fn update<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: ServiceAccountId,
    unchanged_since: Revision,
    changes: ServiceAccountChanges,
) -> Result<Applied, Stop> {
    let old = find(work, organization, id).await?;
    unchanged(old.revision, unchanged_since)?;
    let new = ServiceAccount {
        name: changes.name.apply(old.name),
        description: changes.description.apply(old.description),
        permissions: changes.permissions.apply(old.permissions),
        rate_limits: changes.rate_limits.apply(old.rate_limits),
        ..old
    };
    write(work, new).await
}

pub(super) async fn set_enabled<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: ServiceAccountId,
    enabled: bool,
) -> Result<Applied, Stop> {
    work.open_organization(organization).await?;
    let old = find(work, organization, id).await?;
    if old.disabled_at.is_none() == enabled {
        return Ok(Applied::Done);
    }
    let disabled_at = (!enabled).then_some(work.now);
    write(work, ServiceAccount { disabled_at, ..old }).await
}

pub(super) async fn delete<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: ServiceAccountId,
) -> Result<Applied, Stop> {
    let old = find(work, organization, id).await?;
    let its = Which { owner: Some(KeyOwner::ServiceAccount(id)), ..Which::default() };
    revoke_which(work, organization, &its).await?;
    let deleted_at = Some(work.now);
    write(work, ServiceAccount { deleted_at, ..old }).await
}

/// Disables all that are enabled, for an organization that is being closed.
pub(super) async fn disable_all<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
) -> Result<(), Stop> {
    let sql = "UPDATE service_accounts SET disabled_at = $1, updated_at = $1, revision = $2 \
        WHERE organization_id = $3 AND disabled_at IS NULL AND deleted_at IS NULL RETURNING id";
    let params = params![work.now, work.revision, organization];
    let disabled: Vec<ServiceAccountId> =
        work.connection.rows(sql, &params, |row| Cells::new(row).id()).await?;
    for id in disabled {
        changed(work, organization, id).await?;
    }
    Ok(())
}

pub(super) async fn find<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: ServiceAccountId,
) -> Result<ServiceAccount, Stop> {
    let row = queries::service_accounts::by_id(work.connection, organization, id).await?;
    Ok(row.ok_or(Refusal::NotFound)?)
}

async fn write<C: Connection>(work: &mut Work<'_, C>, mut row: ServiceAccount) -> Result<Applied, Stop> {
    row.updated_at = work.now;
    service_accounts::update(work.connection, &row, work.revision).await?;
    changed(work, row.organization, row.id).await
}

async fn changed<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: ServiceAccountId,
) -> Result<Applied, Stop> {
    work.changed(ChangeKind::ServiceAccount, organization, id.uuid()).await?;
    Ok(Applied::Done)
}
