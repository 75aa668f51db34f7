//! Roles: made, changed, deleted.

use keywright_domain::{OrganizationId, RoleId};

use super::{Work, unchanged};
use crate::command::RoleChanges;
use crate::feed::Revision;
use crate::outcome::{Applied, Refusal};
use crate::record::Role;
use crate::sql::connection::{Connection, Stop};
use crate::sql::feed::ChangeKind;
use crate::sql::param::params;
use crate::sql::queries;
use crate::sql::rows::roles;

pub(super) async fn create<C: Connection>(work: &mut Work<'_, C>, row: &Role) -> Result<Applied, Stop> {
    work.open_organization(row.organization).await?;
    roles::insert(work.connection, row, work.revision).await?;
    changed(work, row.organization, row.id).await
}

pub(super) async fn update<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: RoleId,
    unchanged_since: Revision,
    changes: RoleChanges,
) -> Result<Applied, Stop> {
    let old = queries::roles::by_id(work.connection, organization, id).await?.ok_or(Refusal::NotFound)?;
    unchanged(old.revision, unchanged_since)?;
    let new = Role {
        name: changes.name.apply(old.name),
        description: changes.description.apply(old.description),
        permissions: changes.permissions.apply(old.permissions),
        updated_at: work.now,
        ..old
    };
    roles::update(work.connection, &new, work.revision).await?;
    changed(work, organization, id).await
}

pub(super) async fn delete<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: RoleId,
) -> Result<Applied, Stop> {
    let sql = "DELETE FROM roles WHERE id = $1 AND organization_id = $2";
    if work.connection.run(sql, &params![id, organization]).await? == 0 {
        return Err(Refusal::NotFound.into());
    }
    changed(work, organization, id).await
}

async fn changed<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: RoleId,
) -> Result<Applied, Stop> {
    work.changed(ChangeKind::Role, organization, id.uuid()).await?;
    Ok(Applied::Done)
}
