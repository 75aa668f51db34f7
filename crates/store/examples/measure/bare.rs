//! A bare connection that writes the rows that a create writes, and asks nothing.

use std::path::Path;

use keywright_store::{AuditEvent, KeyOwner, KeyRecord, KeySecret, StoredGrants};
use rusqlite::{Connection, params};

use crate::made::{NOW, id};

pub(crate) struct Bare(Connection);

impl Bare {
    /// With the settings that the store has.
    pub(crate) fn open(path: &Path) -> Self {
        let connection = Connection::open(path).expect("the copy");
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768; \
                PRAGMA wal_autocheckpoint = 4000; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;",
            )
            .expect("the settings");
        connection.set_prepared_statement_cache_capacity(32);
        Self(connection)
    }

    pub(crate) fn commit(&mut self, batch: u64, rows: &[(KeyRecord, KeySecret, AuditEvent)]) {
        self.try_commit(batch, rows).expect("the batch is committed");
    }

    fn try_commit(
        &mut self,
        batch: u64,
        rows: &[(KeyRecord, KeySecret, AuditEvent)],
    ) -> rusqlite::Result<()> {
        let transaction = self.0.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let revision: i64 = transaction
            .prepare_cached("UPDATE revision SET value = value + 1 RETURNING value")?
            .query_row([], |row| row.get(0))?;
        for (key, secret, event) in rows {
            write(&transaction, revision, key, secret, event)?;
        }
        let batch = id::<()>(batch).uuid();
        transaction.prepare_cached("INSERT INTO batches VALUES (?1, ?2, ?3)")?.execute(params![
            batch.as_bytes(),
            revision,
            NOW.as_millis()
        ])?;
        transaction.commit()
    }
}

fn write(
    connection: &Connection,
    revision: i64,
    key: &KeyRecord,
    secret: &KeySecret,
    event: &AuditEvent,
) -> rusqlite::Result<()> {
    let now = NOW.as_millis();
    let (id, organization) = (key.id.uuid(), key.organization.uuid());
    let KeyOwner::ServiceAccount(owner) = key.owner else {
        unreachable!("service accounts own all keys here")
    };
    let owner = owner.uuid();
    let grants = match &key.grants {
        StoredGrants::Owner => None,
        StoredGrants::Listed(permissions) => {
            Some(serde_json::to_string(permissions).expect("permissions are JSON"))
        }
    };
    connection
        .prepare_cached(
            "INSERT INTO keys (id, number, organization_id, owner_kind, owner_id, name, grants, verbs, external_id, \
            enabled, expires_at, created_by, created_at, updated_at, revision, name_lower) \
            VALUES (?1, ?2, ?3, 'serviceAccount', ?4, ?5, ?6, ?7, ?8, 1, ?9, ?4, ?10, ?10, ?11, ?5)",
        )?
        .execute(params![
            id.as_bytes(),
            key.number,
            organization.as_bytes(),
            owner.as_bytes(),
            key.name,
            grants,
            key.verbs.bits(),
            key.external_id,
            key.expires_at.map(keywright_domain::Timestamp::as_millis),
            now,
            revision,
        ])?;
    connection
        .prepare_cached("INSERT INTO key_secrets VALUES (?1, 1, ?2, 'kw', ?3, ?4, NULL)")?
        .execute(params![id.as_bytes(), secret.digest.as_bytes(), secret.shown_prefix, now])?;
    connection.prepare_cached("INSERT INTO changes VALUES (?1, 'key', ?2, ?3)")?.execute(params![
        revision,
        organization.as_bytes(),
        id.as_bytes()
    ])?;
    let address = event.address.map(|address| address.to_string());
    connection
        .prepare_cached(
            "INSERT INTO audit_events VALUES (?1, ?2, ?3, 'serviceAccount', ?4, ?5, ?6, ?7, ?5, NULL, ?8, ?9, ?10, '{}')",
        )?
        .execute(params![
            event.id.uuid().as_bytes(),
            organization.as_bytes(),
            now,
            owner.as_bytes(),
            id.as_bytes(),
            event.action,
            event.target_kind,
            address,
            event.agent,
            event.request_id,
        ])?;
    Ok(())
}
