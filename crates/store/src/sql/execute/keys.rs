//! Keys: made, changed, given new secrets.

use keywright_domain::{KeyId, OrganizationId, Timestamp};

use super::{Work, credits, unchanged};
use crate::command::{Change, KeyChanges};
use crate::feed::Revision;
use crate::outcome::{Applied, Refusal};
use crate::record::{KeyOwner, KeyRecord, KeySecret};
use crate::sql::Cells;
use crate::sql::connection::{Connection, Stop};
use crate::sql::feed::ChangeKind;
use crate::sql::param::params;
use crate::sql::rows::{keys, secrets};

/// The position of a key's first secret.
const FIRST: i64 = 1;

pub(super) async fn create<C: Connection>(
    work: &mut Work<'_, C>,
    key: &KeyRecord,
    secret: &KeySecret,
) -> Result<Applied, Stop> {
    if !owner_may_have_keys(work, key.organization, key.owner).await? {
        return Err(Refusal::OwnerGone.into());
    }
    keys::insert(work.connection, key, work.revision).await?;
    secrets::insert(work.connection, key.id, FIRST, secret).await?;
    if key.credits.is_some() {
        credits::replace(work, key.id, key.credits.as_ref()).await?;
    }
    changed(work, key.organization, key.id).await
}

async fn owner_may_have_keys<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    owner: KeyOwner,
) -> Result<bool, Stop> {
    let (sql, id) = match owner {
        KeyOwner::User(id) => (
            "SELECT 1 FROM members m JOIN organizations o ON o.id = m.organization_id WHERE m.organization_id = $1 \
            AND m.user_id = $2 AND m.accepted_at IS NOT NULL AND o.deleted_at IS NULL",
            id.uuid(),
        ),
        KeyOwner::ServiceAccount(id) => (
            "SELECT 1 FROM service_accounts a JOIN organizations o ON o.id = a.organization_id \
            WHERE a.organization_id = $1 AND a.id = $2 AND a.deleted_at IS NULL AND o.deleted_at IS NULL",
            id.uuid(),
        ),
    };
    Ok(work.connection.exists(sql, &params![organization, id]).await?)
}

pub(super) async fn update<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: KeyId,
    unchanged_since: Revision,
    changes: KeyChanges,
) -> Result<Applied, Stop> {
    let old = unrevoked(work, organization, id, unchanged_since).await?;
    if let Change::Set(budget) = &changes.credits {
        credits::replace(work, id, budget.as_ref()).await?;
    }
    let new = KeyRecord {
        name: changes.name.apply(old.name),
        description: changes.description.apply(old.description),
        grants: changes.grants.apply(old.grants),
        verbs: changes.verbs.apply(old.verbs),
        roles: changes.roles.apply(old.roles),
        external_id: changes.external_id.apply(old.external_id),
        metadata: changes.metadata.apply(old.metadata),
        allowlist: changes.allowlist.apply(old.allowlist),
        rate_limits: changes.rate_limits.apply(old.rate_limits),
        credits: changes.credits.apply(old.credits),
        enabled: changes.enabled.apply(old.enabled),
        expires_at: changes.expires_at.apply(old.expires_at),
        updated_at: work.now,
        ..old
    };
    keys::update(work.connection, &new, work.revision).await?;
    changed(work, organization, id).await
}

pub(super) async fn rotate<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: KeyId,
    unchanged_since: Revision,
    secret: &KeySecret,
    supersede_at: Timestamp,
) -> Result<Applied, Stop> {
    unrevoked(work, organization, id, unchanged_since).await?;
    let sql = "SELECT COALESCE(MAX(position), 0) FROM key_secrets WHERE key_id = $1";
    let newest = work.connection.first(sql, &params![id], |row| Cells::new(row).int()).await?;
    let newest = newest.unwrap_or(FIRST - 1);

    // What is superseded earlier stays so: a rotation shortens a secret's life and never lengthens it.
    let supersede = "UPDATE key_secrets SET superseded_at = $1 \
        WHERE (superseded_at IS NULL OR superseded_at > $1) AND key_id = $2";
    let earlier = format!("{supersede} AND position < $3");
    work.connection.run(&earlier, &params![work.now, id, newest]).await?;
    let present = format!("{supersede} AND position = $3");
    work.connection.run(&present, &params![supersede_at.max(work.now), id, newest]).await?;

    secrets::insert(work.connection, id, newest + 1, secret).await?;
    let sql = "UPDATE keys SET updated_at = $1, revision = $2 WHERE id = $3";
    work.connection.run(sql, &params![work.now, work.revision, id]).await?;
    changed(work, organization, id).await
}

async fn unrevoked<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: KeyId,
    unchanged_since: Revision,
) -> Result<KeyRecord, Stop> {
    let key = keys::find(work.connection, organization, id).await?.ok_or(Refusal::NotFound)?;
    if key.revoked_at.is_some() {
        return Err(Refusal::Revoked.into());
    }
    unchanged(key.revision, unchanged_since)?;
    Ok(key)
}

async fn changed<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    id: KeyId,
) -> Result<Applied, Stop> {
    work.changed(ChangeKind::Key, organization, id.uuid()).await?;
    Ok(Applied::Done)
}
