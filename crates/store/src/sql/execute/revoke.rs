//! Revoking keys, many at a time.

use std::collections::BTreeSet;

use keywright_domain::{KeyId, OrganizationId, Timestamp};

use super::{Work, portal_sessions};
use crate::command::{KeySelector, KeyStep};
use crate::outcome::Applied;
use crate::record::KeyOwner;
use crate::sql::Cells;
use crate::sql::connection::{Connection, Stop};
use crate::sql::feed::ChangeKind;
use crate::sql::rows::keys::owner_cells;
use crate::sql::statement::Statement;

/// Keys of an organization that are not revoked and meet every condition that is given.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Which<'a> {
    pub(super) owner: Option<KeyOwner>,
    pub(super) external_id: Option<&'a str>,
    pub(super) created_before: Option<Timestamp>,
    pub(super) id: Option<KeyId>,
    /// After this one, in the order of ids.
    pub(super) after: Option<KeyId>,
    /// Up to this one.
    pub(super) through: Option<KeyId>,
    /// But this one.
    pub(super) spared: Option<KeyId>,
    /// Meant without any condition: without one and without this, no key matches.
    pub(super) every: bool,
}

impl<'a> Which<'a> {
    fn matches_none(&self) -> bool {
        !self.every
            && self.owner.is_none()
            && self.external_id.is_none()
            && self.created_before.is_none()
            && self.id.is_none()
    }

    fn conditions(&self, statement: &mut Statement<'a>, organization: OrganizationId) {
        statement.with(" WHERE revoked_at IS NULL AND organization_id = ", organization);
        if let Some(id) = self.id {
            statement.with(" AND id = ", id);
        }
        if let Some(after) = self.after {
            statement.with(" AND id > ", after);
        }
        if let Some(through) = self.through {
            statement.with(" AND id <= ", through);
        }
        if let Some(spared) = self.spared {
            statement.with(" AND id <> ", spared);
        }
        if let Some(owner) = self.owner {
            let (kind, id) = owner_cells(owner);
            statement.with(" AND owner_kind = ", kind).with(" AND owner_id = ", id);
        }
        if let Some(external_id) = self.external_id {
            statement.with(" AND external_id = ", external_id);
        }
        if let Some(before) = self.created_before {
            statement.with(" AND created_at < ", before);
        }
    }
}

pub(super) async fn revoke<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    selector: &KeySelector,
) -> Result<Applied, Stop> {
    let which = Which {
        owner: selector.owner,
        external_id: selector.external_id.as_deref(),
        created_before: selector.created_before,
        every: selector.every,
        ..Which::default()
    };
    if let Some(step) = selector.step
        && !selector.count_only
    {
        return revoke_step(work, organization, which, step).await;
    }
    let each: Vec<Which<'_>> = match &selector.ids {
        None => vec![which],
        // An id that is given twice counts once.
        Some(ids) => {
            BTreeSet::from_iter(ids).into_iter().map(|id| Which { id: Some(*id), ..which }).collect()
        }
    };
    if let Some(external_id) = &selector.external_id
        && selector.ends_portal_sessions
        && !selector.count_only
    {
        portal_sessions::end_all_of(work, organization, external_id).await?;
    }
    let mut count = selector.counted_before;
    for which in &each {
        count += if selector.count_only {
            count_which(work, organization, which, selector.step).await?
        } else {
            revoke_which(work, organization, which).await?
        };
    }
    Ok(Applied::Count(count))
}

/// Revokes the next keys in the order of their ids.
async fn revoke_step<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    which: Which<'_>,
    step: KeyStep,
) -> Result<Applied, Stop> {
    if which.matches_none() {
        return Ok(Applied::Step(0, None));
    }
    let which = Which { after: step.after, spared: step.spared, ..which };
    let mut find = Statement::new("SELECT id FROM (SELECT id FROM keys");
    which.conditions(&mut find, organization);
    find.with(" ORDER BY id LIMIT ", i64::from(step.at_most)).push(") AS step ORDER BY id DESC LIMIT 1");
    let last = work.connection.first(find.text(), find.params(), |row| Cells::new(row).id()).await?;
    let Some(last) = last else { return Ok(Applied::Step(0, None)) };
    let revoked = revoke_which(work, organization, &Which { through: Some(last), ..which }).await?;
    Ok(Applied::Step(revoked, Some(last)))
}

/// Revokes keys and tells followers of each; returns how many.
pub(super) async fn revoke_which<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    which: &Which<'_>,
) -> Result<u64, Stop> {
    if which.matches_none() {
        return Ok(0);
    }
    // First the changes, while the keys can still be told by not being revoked.
    let mut changes = Statement::new("INSERT INTO changes (revision, kind, organization_id, id) SELECT ");
    changes.bind(work.revision).with(", ", ChangeKind::Key.word()).push(", organization_id, id FROM keys");
    which.conditions(&mut changes, organization);
    changes.push(" ON CONFLICT (revision, kind, organization_id, id) DO NOTHING");
    work.connection.run(changes.text(), changes.params()).await?;

    let mut update = Statement::new("UPDATE keys SET revoked_at = ");
    update.bind(work.now).with(", updated_at = ", work.now).with(", revision = ", work.revision);
    which.conditions(&mut update, organization);
    let revoked = work.connection.run(update.text(), update.params()).await?;
    work.written += revoked;
    Ok(revoked)
}

async fn count_which<C: Connection>(
    work: &mut Work<'_, C>,
    organization: OrganizationId,
    which: &Which<'_>,
    step: Option<KeyStep>,
) -> Result<u64, Stop> {
    if which.matches_none() {
        return Ok(0);
    }
    let mut count = Statement::new("SELECT COUNT(*) FROM (SELECT 1 FROM keys");
    which.conditions(&mut count, organization);
    if let Some(step) = step {
        count.with(" LIMIT ", i64::from(step.at_most));
    }
    count.push(") AS matching");
    let found = work.connection.first(count.text(), count.params(), |row| Cells::new(row).int()).await?;
    Ok(found.and_then(|found| u64::try_from(found).ok()).unwrap_or(0))
}
