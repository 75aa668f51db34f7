//! Keys committed through the store, as the engine's writer commits them.

use keywright_domain::{AuditEventId, BatchId, KeyId, KeyPrefix, PlaintextKey, PresentedKey};
use keywright_engine::{Actor, Engine, EngineParts, Origin, Random};
use keywright_store::{
    ActorKind, AuditEvent, AuditedCommand, Batch, Command, KeyRecord, KeySecret, StoredGrants,
};

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

/// Makes `count` keys like customers' in one batch, and returns them in plain text.
pub(crate) async fn commit_keys(
    parts: &EngineParts,
    root: &Actor,
    count: usize,
) -> anyhow::Result<Vec<String>> {
    let prefix = KeyPrefix::standard();
    let now = parts.clock.now();
    let (mut commands, mut keys) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let grants = StoredGrants::Listed(vec!["asset.read".parse()?, "asset.create".parse()?]);
    for made in 0..count {
        let plaintext = PlaintextKey::generate(&prefix, draw(parts.random.as_ref()));
        let number = (i64::from_le_bytes(draw(parts.random.as_ref())) >> 11).abs().max(2);
        let named = (format!("customer {made}"), grants.clone());
        let id = KeyId::new(now, &draw(parts.random.as_ref()));
        let key = KeyRecord::plain((id, number), root.organization_id(), root.principal(), named, now);
        let secret = KeySecret::of(&plaintext, &prefix, &parts.pepper, now);
        let audit = vec![creation_event(parts, &key)];
        commands.push(AuditedCommand {
            command: Command::CreateKey { key, secret },
            audit,
            idempotency: None,
        });
        keys.push(plaintext.expose().to_owned());
    }
    let outcome = parts
        .store
        .commit(Batch { id: BatchId::new(now, &draw(parts.random.as_ref())), now, commands })
        .await?;
    for result in outcome.outcomes {
        result?;
    }
    Ok(keys)
}

/// The same row that a create by the engine writes to the audit log.
fn creation_event(parts: &EngineParts, key: &KeyRecord) -> AuditEvent {
    AuditEvent {
        id: AuditEventId::new(key.created_at, &draw(parts.random.as_ref())),
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

pub(crate) fn draw<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}
