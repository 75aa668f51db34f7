//! What is answered after a start, when keys were loaded in bulk, is what was answered before it, when they had come
//! one by one.

mod harness;

use harness::{World, draft, texts};
use keywright_domain::{Credits, PlaintextKey, PresentedKey, RateLimit};
use keywright_engine::{ImportItem, ImportedSecret, KeyDraft, KeyPatch, RoleDraft, VerifyRequest};
use keywright_store::Change;

/// All that an answer about a key tells.
async fn told(world: &World, key: &str) -> String {
    let request = VerifyRequest { all: &["asset.read"], ..VerifyRequest::of(PresentedKey::new(key)) };
    let verdict = world.engine.verify(&world.root(), &request).await.unwrap();
    let facts = verdict.key.as_ref().map(|key| {
        format!(
            "{} {} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            key.id,
            key.name(),
            key.organization(),
            key.owner(),
            key.verbs(),
            key.permissions(),
            key.external_id(),
            key.expires_at(),
            key.metadata(),
            key.rate_limits(),
        )
    });
    format!("{} {:?} {}", verdict.code, verdict.missing, facts.unwrap_or_default())
}

fn of_every_kind(account: &str, role: &str, expires_at: &str) -> Vec<KeyDraft> {
    let metadata = |text: &str| serde_json::from_str(text).ok();
    vec![
        draft(&["asset.read"]),
        draft(&["album.*"]),
        KeyDraft { scope: Some("read".to_owned()), ..draft(&["asset.*", "asset.update"]) },
        KeyDraft { external_id: Some("customer ⅓ \"quoted\"".to_owned()), ..draft(&["asset.read"]) },
        // The same list for a customer means less.
        KeyDraft { external_id: Some("another".to_owned()), ..draft(&["all"]) },
        draft(&["all"]),
        KeyDraft { service_account: Some(account.to_owned()), ..draft(&["asset.read", "album.read"]) },
        KeyDraft { role_ids: Some(texts(&[role])), ..draft(&["album.read"]) },
        KeyDraft { expires_at: Some(expires_at.to_owned()), ..draft(&["asset.read"]) },
        KeyDraft { enabled: Some(false), ..draft(&["asset.read"]) },
        KeyDraft { ip_allowlist: Some(texts(&["10.0.0.0/8"])), ..draft(&["asset.read"]) },
        KeyDraft { metadata: metadata(r#"{"plan":"p\"ro","n":[1,2,{"x":null}]}"#), ..draft(&["asset.read"]) },
        KeyDraft { metadata: metadata(r#"{"plan":"free"}"#), ..draft(&["asset.read"]) },
        KeyDraft {
            rate_limits: Some(vec![RateLimit {
                name: "default".to_owned(),
                limit: 1_000,
                window_seconds: 60,
            }]),
            ..draft(&["asset.read"])
        },
        KeyDraft {
            credits: Some(Credits { remaining: 100, refill: None, low_threshold: None }),
            ..draft(&["asset.read"])
        },
        KeyDraft { name: Some("n".repeat(255)), ..draft(&["asset.read"]) },
    ]
}

#[tokio::test]
async fn a_start_changes_no_answer() {
    let mut world = World::new().await;
    let root = world.root();
    let account = world.service_account("exporter", &["asset.*"]).await.id.to_string();
    let role = RoleDraft {
        name: Some("reader".to_owned()),
        description: None,
        permissions: Some(texts(&["asset.read"])),
    };
    let role = world.engine.create_role(&root, role).await.unwrap().id.to_string();
    let expires_at = world.engine.now().plus(std::time::Duration::from_secs(9)).to_string();

    let mut keys = Vec::new();
    for draft in of_every_kind(&account, &role, &expires_at) {
        keys.push(world.issue(&root, draft).await.1);
    }
    let foreign = PlaintextKey::imported("sk_live_4eC39HqLyjWDarjtT1zdp7dc".to_owned());
    let item =
        ImportItem { secret: ImportedSecret::Plaintext(foreign.clone()), draft: draft(&["asset.read"]) };
    world.engine.import_keys(&root, vec![item]).await.unwrap().remove(0).unwrap();
    keys.push(foreign.expose().to_owned());
    for overlap in [0, 60] {
        let (listing, first) = world.issue(&root, draft(&["asset.read"])).await;
        let second = world.engine.rotate_key(&root, listing.key.id, overlap).await.unwrap().secret.unwrap();
        keys.extend([first, second.expose().to_owned()]);
    }
    let (revoked, secret) = world.issue(&root, draft(&["asset.read"])).await;
    world.engine.revoke_key(&root, revoked.key.id).await.unwrap();
    keys.push(secret);
    // Facts that grow, shrink and vanish again leave nothing of what they were.
    let (changed, secret) = world.issue(&root, draft(&["asset.read"])).await;
    for name in ["a much longer name than before", "short", "a much longer name than before"] {
        let patch = KeyPatch { name: Change::Set(Some(name.to_owned())), ..KeyPatch::default() };
        world.engine.update_key(&root, changed.key.id, patch).await.unwrap();
    }
    keys.push(secret);

    let all = async |world: &World| {
        let mut all = Vec::new();
        for key in &keys {
            all.push(told(world, key).await);
        }
        all
    };
    let before = all(&world).await;
    world.restart().await;
    let after = all(&world).await;
    assert_eq!(before, after);
    let of_code = |code: &str| before.iter().filter(|told| told.starts_with(code)).count();
    let counts = ["VALID", "INSUFFICIENT_PERMISSIONS", "DISABLED", "IP_NOT_ALLOWED", "REVOKED"].map(of_code);
    assert_eq!(counts, [18, 1, 1, 1, 2], "{before:#?}");
    assert!(before.last().is_some_and(|told| told.contains("a much longer name")), "{before:#?}");
}
