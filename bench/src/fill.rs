//! Fills a store with keys, quickly: straight through the store, in large batches.

use keywright_domain::{
    AuditEventId, BatchId, IpAllowlist, KeyId, KeyPrefix, PlaintextKey, PresentedKey, VerbSet,
};
use keywright_engine::{Actor, Engine, EngineParts, Origin};
use keywright_store::{
    ActorKind, AuditEvent, AuditedCommand, Batch, Command, KeyRecord, KeySecret, Revision, StoredGrants,
};

/// Keys in one batch.
const BATCH: usize = 1_000;

/// Makes `count` keys like a customer's, and returns them in plain text.
pub(crate) async fn fill(
    parts: &EngineParts,
    engine: &Engine,
    root_key: &str,
    count: usize,
) -> anyhow::Result<Vec<String>> {
    let root = engine.authenticate_key(PresentedKey::new(root_key), None, Origin::default())?;
    let mut keys = Vec::with_capacity(count);
    while keys.len() < count {
        keys.extend(commit_keys(parts, &root, BATCH.min(count - keys.len())).await?);
    }
    Ok(keys)
}

/// Makes keys in batches of `size` while `go_on` says so, and returns how many they were.
pub(crate) async fn fill_in_batches(
    parts: &EngineParts,
    engine: &Engine,
    root_key: &str,
    size: usize,
    go_on: impl Fn() -> bool,
) -> anyhow::Result<usize> {
    let root = engine.authenticate_key(PresentedKey::new(root_key), None, Origin::default())?;
    let mut made = 0;
    while go_on() {
        made += commit_keys(parts, &root, size).await?.len();
    }
    Ok(made)
}

async fn commit_keys(parts: &EngineParts, root: &Actor, count: usize) -> anyhow::Result<Vec<String>> {
    let prefix = KeyPrefix::standard();
    let now = parts.clock.now();
    let (mut commands, mut keys) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for _ in 0..count {
        let plaintext = PlaintextKey::generate(&prefix, draw(parts));
        let number = i64::from_le_bytes(draw(parts)) >> 11;
        let key = KeyRecord {
            id: KeyId::new(now, &draw(parts)),
            number: number.abs().max(2),
            organization: root.organization_id(),
            owner: root.principal(),
            name: format!("customer {}", keys.len()),
            description: None,
            grants: StoredGrants::Listed(vec!["asset.read".parse()?, "asset.create".parse()?]),
            verbs: VerbSet::ALL,
            roles: Vec::new(),
            external_id: None,
            metadata: None,
            allowlist: IpAllowlist::default(),
            rate_limits: Vec::new(),
            credits: None,
            enabled: true,
            expires_at: None,
            revoked_at: None,
            created_by: None,
            created_at: now,
            updated_at: now,
            revision: Revision::ZERO,
        };
        let secret = KeySecret {
            digest: parts.pepper.digest(plaintext.as_presented()),
            key_prefix: Some(prefix.clone()),
            shown_prefix: Some(plaintext.shown_prefix()),
            created_at: now,
            superseded_at: None,
        };
        let audit = vec![creation_event(parts, &key)];
        commands.push(AuditedCommand {
            command: Command::CreateKey { key, secret },
            audit,
            idempotency: None,
        });
        keys.push(plaintext.expose().to_owned());
    }
    let outcome = parts.store.commit(Batch { id: BatchId::new(now, &draw(parts)), now, commands }).await?;
    for result in outcome.outcomes {
        result?;
    }
    Ok(keys)
}

/// The same row that a create by the engine writes to the audit log.
fn creation_event(parts: &EngineParts, key: &KeyRecord) -> AuditEvent {
    AuditEvent {
        id: AuditEventId::new(key.created_at, &draw(parts)),
        organization: key.organization,
        at: key.created_at,
        actor_kind: ActorKind::System,
        actor: None,
        key: None,
        action: "apiKey.create".to_owned(),
        target_kind: "apiKey".to_owned(),
        target: Some(key.id.uuid()),
        refused: None,
        address: None,
        agent: None,
        request_id: None,
        details: serde_json::Map::new(),
    }
}

fn draw<const N: usize>(parts: &EngineParts) -> [u8; N] {
    let mut bytes = [0; N];
    parts.random.fill(&mut bytes);
    bytes
}
