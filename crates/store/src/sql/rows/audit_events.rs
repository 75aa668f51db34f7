//! Audit events.

use crate::error::StoreError;
use crate::record::{ActorKind, AuditEvent};
use crate::sql::param::params;
use crate::sql::{Cells, Connection, Param, Row, SqlError};

/// Reads with [`read`].
pub(crate) const SELECT: &str = "SELECT e.id, e.organization_id, e.at, e.actor_kind, e.actor_id, e.key_id, \
    e.action, e.target_kind, e.target_id, e.refused, e.address, e.agent, e.request_id, e.details \
    FROM audit_events e";

pub(crate) fn read<R: Row + ?Sized>(row: &R) -> Result<AuditEvent, StoreError> {
    let mut cells = Cells::new(row);
    Ok(AuditEvent {
        id: cells.id()?,
        organization: cells.id()?,
        at: cells.time()?,
        actor_kind: cells.word(actor_kind)?,
        actor: cells.optional_uuid()?,
        key: cells.optional_id()?,
        action: cells.text()?,
        target_kind: cells.text()?,
        target: cells.optional_uuid()?,
        refused: cells.optional_text()?,
        address: cells.optional_address()?,
        agent: cells.optional_text()?,
        request_id: cells.optional_text()?,
        details: cells.json()?,
    })
}

const fn actor_word(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::User => "user",
        ActorKind::ServiceAccount => "serviceAccount",
        ActorKind::Portal => "portal",
        ActorKind::System => "system",
    }
}

fn actor_kind(word: &str) -> Option<ActorKind> {
    let all = [ActorKind::User, ActorKind::ServiceAccount, ActorKind::Portal, ActorKind::System];
    all.into_iter().find(|kind| actor_word(*kind) == word)
}

pub(crate) async fn insert<C: Connection>(connection: &mut C, row: &AuditEvent) -> Result<u64, SqlError> {
    let sql = "INSERT INTO audit_events (id, organization_id, at, actor_kind, actor_id, key_id, action, \
        target_kind, target_id, refused, address, agent, request_id, details) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let params = params![
        row.id,
        row.organization,
        row.at,
        actor_word(row.actor_kind),
        row.actor,
        row.key.map(keywright_domain::Id::uuid),
        &row.action,
        &row.target_kind,
        row.target,
        &row.refused,
        Param::Text(row.address.map(|address| address.to_string().into())),
        &row.agent,
        &row.request_id,
        Param::json(&row.details),
    ];
    connection.run(sql, &params).await
}
