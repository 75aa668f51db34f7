//! Permissions: declared, changed, taken back.

use keywright_domain::{OrganizationId, Verb};

use super::Work;
use crate::outcome::{Applied, Refusal};
use crate::record::DeclaredPermission;
use crate::sql::Cells;
use crate::sql::connection::{Connection, Stop};
use crate::sql::feed::ChangeKind;
use crate::sql::param::params;

pub(super) async fn put<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    known_verb: Option<Verb>,
    row: &DeclaredPermission,
) -> Result<Applied, Stop> {
    work.open_organization(organization).await?;
    let sql = "SELECT verb FROM permissions WHERE organization_id = $1 AND name = $2";
    let params = params![organization, &row.name];
    let verb = work.connection.first(sql, &params, |row| Cells::new(row).text()).await?;
    if verb.as_deref() != known_verb.map(Verb::as_str) {
        return Err(Refusal::Changed.into());
    }
    let sql = "UPDATE permissions SET verb = $1, description = $2, updated_at = $3, revision = $4 \
        WHERE organization_id = $5 AND name = $6";
    let verb = row.verb.as_str();
    let params = params![verb, &row.description, row.updated_at, work.revision, organization, &row.name];
    if work.connection.run(sql, &params).await? == 0 {
        let position = next_position(work, organization).await?;
        let sql = "INSERT INTO permissions (organization_id, name, verb, description, created_at, updated_at, \
            revision, position) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let params = params![
            organization,
            &row.name,
            verb,
            &row.description,
            row.created_at,
            row.updated_at,
            work.revision,
            position,
        ];
        work.connection.run(sql, &params).await?;
    }
    work.changed(ChangeKind::Permissions, organization, organization.uuid()).await?;
    Ok(Applied::Done)
}

/// A position that no declaration of the organization ever had.
async fn next_position<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
) -> Result<i64, Stop> {
    let sql = "UPDATE organizations SET permissions_declared = permissions_declared + 1 WHERE id = $1 \
        RETURNING permissions_declared";
    let position = work.connection.first(sql, &params![organization], |row| Cells::new(row).int()).await?;
    Ok(position.ok_or(Refusal::NotFound)?)
}

pub(super) async fn delete<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    name: &str,
) -> Result<Applied, Stop> {
    let sql = "DELETE FROM permissions WHERE organization_id = $1 AND name = $2";
    if work.connection.run(sql, &params![organization, name]).await? == 0 {
        return Err(Refusal::NotFound.into());
    }
    work.changed(ChangeKind::Permissions, organization, organization.uuid()).await?;
    Ok(Applied::Done)
}
