//! The audit log.

use keywright_domain::AuditEventId;

use super::page;
use crate::error::StoreError;
use crate::query::{AuditQuery, Page};
use crate::record::AuditEvent;
use crate::sql::param::params;
use crate::sql::rows::audit_events;
use crate::sql::statement::Statement;
use crate::sql::{Cells, Connection, Row};

/// Newest first: by time, and by id within a millisecond.
pub(crate) async fn list<C: Connection>(
    connection: &mut C,
    query: &AuditQuery,
) -> Result<Page<AuditEvent>, StoreError> {
    let mut statement = Statement::new(audit_events::SELECT);
    statement.with(" WHERE e.organization_id = ", query.organization);
    if let Some(after) = query.page.after {
        let after = AuditEventId::from_uuid(after);
        let sql = "SELECT at FROM audit_events WHERE id = $1 AND organization_id = $2";
        let params = params![after, query.organization];
        let at = connection.first(sql, &params, |row| Cells::new(row).time()).await?;
        // Events are never deleted: what is not there was no event's id, and there is nothing after it.
        let Some(at) = at else { return Ok(Page { items: Vec::new(), next: None }) };
        statement.with(" AND (e.at, e.id) < (", at).with(", ", after).push(")");
    }
    conditions(&mut statement, query);
    page::take(statement.push(" ORDER BY e.at DESC, e.id DESC"), &query.page);
    let read = |row: &dyn Row| audit_events::read(row);
    let items = connection.rows(statement.text(), statement.params(), read).await?;
    Ok(page::of_items(items, &query.page, |event| event.id.uuid()))
}

fn conditions<'a>(statement: &mut Statement<'a>, query: &'a AuditQuery) {
    if let Some(action) = &query.action {
        statement.with(" AND e.action = ", action);
    }
    if let Some(user) = query.user {
        statement.push(" AND e.actor_kind = 'user'").with(" AND e.actor_id = ", user);
    }
    if let Some(account) = query.service_account {
        statement.push(" AND e.actor_kind = 'serviceAccount'").with(" AND e.actor_id = ", account);
    }
    if let Some(key) = query.key {
        statement.with(" AND e.key_id = ", key);
    }
    if let Some(target) = query.target {
        statement.with(" AND e.target_id = ", target);
    }
    if let Some(since) = query.since {
        statement.with(" AND e.at >= ", since);
    }
    if let Some(until) = query.until {
        statement.with(" AND e.at < ", until);
    }
}
