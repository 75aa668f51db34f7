//! Memberships: made, accepted, changed, ended.

use keywright_domain::{MemberId, MemberRole, OrganizationId};

use super::revoke::{Which, revoke_which};
use super::{Work, unchanged};
use crate::command::MemberChanges;
use crate::feed::Revision;
use crate::outcome::{Applied, Refusal};
use crate::record::{KeyOwner, Member};
use crate::sql::connection::{Connection, Stop};
use crate::sql::feed::ChangeKind;
use crate::sql::param::params;
use crate::sql::queries;
use crate::sql::rows::members;

pub(super) async fn create<C: Connection>(work: &mut Work<'_, C>, row: &Member) -> Result<Applied, Stop> {
    work.open_organization(row.organization).await?;
    members::insert(work.connection, row, work.revision).await?;
    note_set_up(work, row).await?;
    changed(work, row).await
}

pub(super) async fn accept<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: MemberId,
) -> Result<Applied, Stop> {
    let member = find(work, organization, id).await?;
    if member.accepted_at.is_some() {
        return Ok(Applied::Done);
    }
    write(work, Member { accepted_at: Some(work.now), ..member }).await
}

pub(super) async fn update<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: MemberId,
    unchanged_since: Revision,
    changes: MemberChanges,
) -> Result<Applied, Stop> {
    let member = find(work, organization, id).await?;
    unchanged(member.revision, unchanged_since)?;
    let role = changes.role.apply(member.role);
    if role != MemberRole::Owner {
        another_owner_stays(work, &member).await?;
    }
    let rate_limits = changes.rate_limits.apply(member.rate_limits);
    write(work, Member { role, rate_limits, ..member }).await
}

pub(super) async fn delete<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: MemberId,
    unchanged_since: Revision,
) -> Result<Applied, Stop> {
    let member = find(work, organization, id).await?;
    unchanged(member.revision, unchanged_since)?;
    another_owner_stays(work, &member).await?;
    let theirs = Which { owner: Some(KeyOwner::User(member.user)), ..Which::default() };
    revoke_which(work, organization, &theirs).await?;
    work.connection.run("DELETE FROM members WHERE id = $1", &params![id]).await?;
    changed(work, &member).await
}

/// Refuses to take away the only member who has accepted and is an owner.
async fn another_owner_stays<C: Connection>(work: &mut Work<'_, C>, leaving: &Member) -> Result<(), Stop> {
    if leaving.role != MemberRole::Owner || leaving.accepted_at.is_none() {
        return Ok(());
    }
    let sql = "SELECT 1 FROM members WHERE organization_id = $1 AND id <> $2 AND role = $3 \
        AND accepted_at IS NOT NULL LIMIT 1";
    let params = params![leaving.organization, leaving.id, MemberRole::Owner.as_str()];
    let another = work.connection.exists(sql, &params).await?;
    if another { Ok(()) } else { Err(Refusal::LastOwner.into()) }
}

async fn find<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: MemberId,
) -> Result<Member, Stop> {
    let member = queries::members::by_id(work.connection, organization, id).await?;
    Ok(member.ok_or(Refusal::NotFound)?)
}

async fn write<C: Connection>(work: &mut Work<'_, C>, mut row: Member) -> Result<Applied, Stop> {
    row.updated_at = work.now;
    members::update(work.connection, &row, work.revision).await?;
    note_set_up(work, &row).await?;
    changed(work, &row).await
}

/// An organization is set up from the moment on when it has an owner who can sign in. The built-in user cannot.
async fn note_set_up<C: Connection>(work: &mut Work<'_, C>, member: &Member) -> Result<(), Stop> {
    if member.role != MemberRole::Owner || member.accepted_at.is_none() {
        return Ok(());
    }
    let sql = "UPDATE organizations SET set_up_at = $1, revision = $2 WHERE id = $3 AND set_up_at IS NULL \
        AND EXISTS (SELECT 1 FROM users u WHERE u.id = $4 AND u.email IS NOT NULL)";
    let params = params![work.now, work.revision, member.organization, member.user];
    if work.connection.run(sql, &params).await? == 0 {
        return Ok(());
    }
    work.changed(ChangeKind::Organization, member.organization, member.organization.uuid()).await
}

async fn changed<C: Connection>(work: &mut Work<'_, C>, row: &Member) -> Result<Applied, Stop> {
    work.changed(ChangeKind::Member, row.organization, row.user.uuid()).await?;
    Ok(Applied::Done)
}
