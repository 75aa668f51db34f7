//! The changes that followers read.

use std::collections::HashSet;

use keywright_domain::{Id, OrganizationId, Timestamp};
use uuid::Uuid;

use super::connection::Connection;
use super::param::params;
use super::queries;
use super::rows::{keys, secrets, service_accounts, signing_keys};
use super::{Cells, current_revision};
use crate::error::StoreError;
use crate::feed::{ChangePage, ChangedRow, Revision};

/// What kind of replicated row was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ChangeKind {
    Organization,
    Permissions,
    Role,
    Member,
    ServiceAccount,
    Key,
    SigningKeys,
}

impl ChangeKind {
    const ALL: [Self; 7] = [
        Self::Organization,
        Self::Permissions,
        Self::Role,
        Self::Member,
        Self::ServiceAccount,
        Self::Key,
        Self::SigningKeys,
    ];

    /// The word in the table.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Permissions => "permissions",
            Self::Role => "role",
            Self::Member => "member",
            Self::ServiceAccount => "serviceAccount",
            Self::Key => "key",
            Self::SigningKeys => "signingKeys",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Where a changed row is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    kind: ChangeKind,
    organization: OrganizationId,
    id: Uuid,
}

/// Reads a page of changes. The connection must be in a transaction that reads one snapshot.
pub(crate) async fn changes_since<C: Connection>(
    connection: &mut C,
    after: Revision,
    limit: usize,
) -> Result<ChangePage, StoreError> {
    let current = current_revision(connection).await?;
    if after > current || after < pruned_through(connection).await? {
        return Ok(ChangePage::LoadAnew);
    }
    let limit = limit.max(1);
    let sql = "SELECT revision, kind, organization_id, id FROM changes WHERE revision > $1 \
        ORDER BY revision LIMIT $2";
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut changes = connection.rows(sql, &params![after, one_more], |row| read(row)).await?;

    let mut through = current;
    if let Some((cut, _)) = changes.get(limit).copied() {
        // The revision at the end may go on beyond what was read: it comes with the next page, unless it is the first.
        changes.retain(|(revision, _)| *revision < cut);
        if let Some((last, _)) = changes.last() {
            through = *last;
        } else {
            let sql = "SELECT revision, kind, organization_id, id FROM changes WHERE revision = $1";
            changes = connection.rows(sql, &params![cut], |row| read(row)).await?;
            through = cut;
        }
    }

    let mut seen = HashSet::with_capacity(changes.len());
    let mut rows = Vec::with_capacity(changes.len());
    for (_, place) in changes {
        if seen.insert(place) {
            rows.push(row_now(connection, place).await?);
        }
    }
    Ok(ChangePage::Rows { rows, through, more: through < current })
}

fn read(row: &dyn super::Row) -> Result<(Revision, Place), StoreError> {
    let mut cells = Cells::new(row);
    let revision = cells.revision()?;
    let place =
        Place { kind: cells.word(ChangeKind::of_word)?, organization: cells.id()?, id: cells.uuid()? };
    Ok((revision, place))
}

/// A changed row as it is now.
async fn row_now<C: Connection>(connection: &mut C, place: Place) -> Result<ChangedRow, StoreError> {
    let Place { kind, organization, id } = place;
    let missing =
        || StoreError::Corrupt { reason: format!("the {} {id} was written, but is not there", kind.word()) };
    match kind {
        ChangeKind::Organization => {
            let row = queries::organizations::by_id(connection, organization).await?;
            row.map(ChangedRow::Organization).ok_or_else(missing)
        }
        ChangeKind::Permissions => {
            let rows = queries::organizations::permissions(connection, organization).await?;
            Ok(ChangedRow::Permissions(organization, rows))
        }
        ChangeKind::Role => {
            let id = Id::from_uuid(id);
            let row = queries::roles::by_id(connection, organization, id).await?;
            Ok(row.map_or(ChangedRow::RoleGone(organization, id), ChangedRow::Role))
        }
        ChangeKind::Member => {
            let user = Id::from_uuid(id);
            let row = queries::members::of_user(connection, organization, user).await?;
            Ok(row.map_or(ChangedRow::MemberGone(organization, user), ChangedRow::Member))
        }
        ChangeKind::ServiceAccount => {
            let sql = format!("{} WHERE a.id = $1", service_accounts::SELECT);
            let row = connection.first(&sql, &params![id], |row| service_accounts::read(row)).await?;
            row.map(ChangedRow::ServiceAccount).ok_or_else(missing)
        }
        ChangeKind::Key => {
            let id = Id::from_uuid(id);
            let key = keys::find(connection, organization, id).await?.ok_or_else(missing)?;
            Ok(ChangedRow::Key(Box::new(key), secrets::of_key(connection, id).await?))
        }
        ChangeKind::SigningKeys => Ok(ChangedRow::SigningKeys(signing_keys::all(connection).await?)),
    }
}

async fn pruned_through<C: Connection>(connection: &mut C) -> Result<Revision, StoreError> {
    let sql = "SELECT number FROM meta WHERE name = 'pruned_through'";
    let pruned = connection.first(sql, &[], |row| Cells::new(row).revision()).await?;
    Ok(pruned.unwrap_or(Revision::ZERO))
}

/// Forgets changes up to `through`, batches and idempotency records older than `created_before`, and sessions and links
/// that ended before it. The connection must be in a transaction.
pub(crate) async fn prune<C: Connection>(
    connection: &mut C,
    through: Revision,
    created_before: Timestamp,
) -> Result<(), StoreError> {
    // Revisions to come cannot be pruned: their followers would load anew for ever.
    let through = through.min(current_revision(connection).await?);
    if through > pruned_through(connection).await? {
        connection.run("DELETE FROM changes WHERE revision <= $1", &params![through]).await?;
        let sql = "INSERT INTO meta (name, number) VALUES ('pruned_through', $1) \
            ON CONFLICT (name) DO UPDATE SET number = excluded.number";
        connection.run(sql, &params![through]).await?;
    }
    connection.run("DELETE FROM batches WHERE at < $1", &params![created_before]).await?;
    connection.run("DELETE FROM idempotency WHERE created_at < $1", &params![created_before]).await?;
    connection.run("DELETE FROM sessions WHERE expires_at < $1", &params![created_before]).await?;
    connection.run("DELETE FROM link_tokens WHERE expires_at < $1", &params![created_before]).await?;
    connection.run("DELETE FROM portal_sessions WHERE expires_at < $1", &params![created_before]).await?;
    Ok(())
}
