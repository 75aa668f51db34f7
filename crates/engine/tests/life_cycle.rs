//! A key's life: made, used, rotated, revoked; and everything still there after a restart.

mod harness;

use std::time::Duration;

use harness::{World, assert_conflict, assert_forbidden, assert_invalid, draft, draft_of_owner};
use keywright_domain::{PlaintextKey, PresentedKey};
use keywright_engine::{
    Error, ImportItem, ImportedSecret, KeyDraft, KeyFilter, KeyPatch, Origin, Paging, RevokeFilter,
    Unauthenticated, VerifyRequest,
};
use keywright_store::Change;

#[tokio::test]
async fn revoked_means_revoked_also_after_a_restart() {
    let mut world = World::new().await;
    let (kept, kept_key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let (gone, gone_key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    world.engine.revoke_key(&world.root(), gone.key.id).await.unwrap();
    assert_eq!(world.code(&gone_key, &[]), "REVOKED");
    world.engine.revoke_key(&world.root(), gone.key.id).await.unwrap();
    world.restart().await;
    assert_eq!(world.code(&gone_key, &[]), "REVOKED");
    assert_eq!(world.code(&kept_key, &["asset.read"]), "VALID");
    let patch = KeyPatch { enabled: Change::Set(Some(true)), ..KeyPatch::default() };
    assert_conflict(world.engine.update_key(&world.root(), gone.key.id, patch).await, "revoked");
    assert_conflict(world.engine.rotate_key(&world.root(), gone.key.id, 0).await, "revoked");
    let live = KeyFilter { live_only: true, ..KeyFilter::default() };
    let listed = world.engine.keys(&world.root(), live, &Paging::default()).await.unwrap();
    assert!(listed.items.iter().any(|listing| listing.key.id == kept.key.id));
    assert!(listed.items.iter().all(|listing| listing.key.id != gone.key.id));
}

#[tokio::test]
async fn rotation_overlaps_as_asked_and_never_more_than_two_secrets_live() {
    let world = World::new().await;
    let (listing, first) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let rotate = async |seconds| {
        let issued = world.engine.rotate_key(&world.root(), listing.key.id, seconds).await.unwrap();
        issued.secret.unwrap().expose().to_owned()
    };
    let second = rotate(60).await;
    assert_eq!([world.code(&first, &[]), world.code(&second, &[])], ["VALID", "VALID"]);
    world.clock.advance(Duration::from_millis(59_999));
    assert_eq!(world.code(&first, &[]), "VALID");
    world.clock.advance(Duration::from_millis(1));
    assert_eq!([world.code(&first, &[]), world.code(&second, &[])], ["REVOKED", "VALID"]);
    let third = rotate(3600).await;
    let fourth = rotate(3600).await;
    assert_eq!(world.code(&second, &[]), "REVOKED");
    assert_eq!([world.code(&third, &[]), world.code(&fourth, &[])], ["VALID", "VALID"]);
    let fifth = rotate(0).await;
    assert_eq!(
        [world.code(&third, &[]), world.code(&fourth, &[]), world.code(&fifth, &[])],
        ["REVOKED", "REVOKED", "VALID"]
    );
    let too_long = world.engine.rotate_key(&world.root(), listing.key.id, 30 * 86_400 + 1).await;
    assert_invalid(too_long, "overlapSeconds");
    world.engine.revoke_key(&world.root(), listing.key.id).await.unwrap();
    assert_eq!(world.code(&fifth, &[]), "REVOKED");
}

#[tokio::test]
async fn a_key_expires_in_its_millisecond_and_can_be_switched_off_and_on() {
    let world = World::new().await;
    let at = world.engine.now().plus(Duration::from_secs(10));
    let (listing, key) =
        world.issue(&world.root(), KeyDraft { expires_at: Some(at.to_string()), ..draft(&["all"]) }).await;
    let enabled = |on| KeyPatch { enabled: Change::Set(Some(on)), ..KeyPatch::default() };
    world.engine.update_key(&world.root(), listing.key.id, enabled(false)).await.unwrap();
    assert_eq!(world.code(&key, &[]), "DISABLED");
    world.engine.update_key(&world.root(), listing.key.id, enabled(true)).await.unwrap();
    world.clock.advance(Duration::from_millis(9_999));
    assert_eq!(world.code(&key, &[]), "VALID");
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(world.code(&key, &[]), "EXPIRED");
    let past = KeyDraft { expires_at: Some(at.to_string()), ..draft(&["all"]) };
    assert_invalid(world.engine.create_key(&world.root(), past).await, "expiresAt");
}

#[tokio::test]
async fn a_key_is_changed_as_it_was_seen_where_the_caller_says_so() {
    let world = World::new().await;
    let (engine, root) = (&world.engine, world.root());
    let (seen, _) = world.issue(&root, draft(&["all"])).await;
    let id = seen.key.id;
    let seen = engine.key(&root, id).await.unwrap().key.revision;
    let named = |name: &str, unchanged_since| KeyPatch {
        name: Change::Set(Some(name.to_owned())),
        unchanged_since,
        ..KeyPatch::default()
    };
    engine.update_key(&root, id, named("first", Some(seen))).await.unwrap();
    assert_conflict(
        engine.update_key(&root, id, named("second", Some(seen))).await,
        "changed by someone else",
    );
    assert_eq!(engine.key(&root, id).await.unwrap().key.name, "first");
    engine.update_key(&root, id, named("third", None)).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_a_key_is_malformed_and_what_could_be_is_unknown() {
    let world = World::new().await;
    let (_, key) = world.issue(&world.root(), draft(&["all"])).await;
    let broken = format!("{}{}", &key[..key.len() - 1], if key.ends_with('0') { '1' } else { '0' });
    assert_eq!(world.code(&broken, &[]), "MALFORMED");
    assert_eq!(world.code("hunter2", &[]), "MALFORMED");
    let stranger = PlaintextKey::generate(&"kw".parse().unwrap(), [3; 23]);
    assert_eq!(world.code(stranger.expose(), &[]), "NOT_FOUND");
    let elsewhere = PlaintextKey::generate(&"other".parse().unwrap(), [3; 23]);
    assert_eq!(world.code(elsewhere.expose(), &[]), "MALFORMED");
    let foreign = PlaintextKey::imported("sk_live_4eC39HqLyjWDarjtT1zdp7dc".to_owned());
    let item =
        ImportItem { secret: ImportedSecret::Plaintext(foreign.clone()), draft: draft(&["asset.read"]) };
    let imported = world.engine.import_keys(&world.root(), vec![item]).await.unwrap().remove(0).unwrap();
    assert_eq!(imported.shown_prefix.as_deref(), Some("sk_l"));
    assert_eq!(world.code(foreign.expose(), &["asset.read"]), "VALID");
    // From now on another text may be an imported key; a wrong checksum still shows.
    assert_eq!(world.code("hunter2", &[]), "NOT_FOUND");
    assert_eq!(world.code(&broken, &[]), "MALFORMED");
    let known = ImportItem { secret: ImportedSecret::Plaintext(foreign), draft: draft(&["asset.read"]) };
    assert_conflict(world.engine.import_keys(&world.root(), vec![known]).await.unwrap().remove(0), "known");
}

#[tokio::test]
async fn imports_are_checked_one_by_one() {
    let world = World::new().await;
    let item = |text: &str| ImportItem {
        secret: ImportedSecret::Plaintext(PlaintextKey::imported(text.to_owned())),
        draft: draft(&["asset.read"]),
    };
    let mut own = PlaintextKey::generate(&"kw".parse().unwrap(), [3; 23]).expose().to_owned();
    own.pop();
    own.push('!');
    let broken = format!("kw_{}", "0".repeat(36));
    let items = vec![
        item("short"),
        item("with a space in it, which no key has"),
        item(&broken),
        item("a-good-key-of-forty-characters-01234567"),
    ];
    let results = world.engine.import_keys(&world.root(), items).await.unwrap();
    assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, false, false, true]);
    assert_invalid(world.engine.import_keys(&world.root(), Vec::new()).await, "items");
}

#[tokio::test]
async fn keys_are_revoked_together_by_what_they_have_in_common() {
    let world = World::new().await;
    let of = |customer: &str| KeyDraft { external_id: Some(customer.to_owned()), ..draft(&["asset.read"]) };
    let (_, first) = world.issue(&world.root(), of("one")).await;
    let (_, second) = world.issue(&world.root(), of("one")).await;
    let (_, other) = world.issue(&world.root(), of("two")).await;
    let filter = RevokeFilter { external_id: Some("one".to_owned()), ..RevokeFilter::default() };
    assert_eq!(world.engine.revoke_keys(&world.root(), filter.clone(), true).await.unwrap(), 2);
    assert_eq!(world.code(&first, &[]), "VALID");
    assert_eq!(world.engine.revoke_keys(&world.root(), filter.clone(), false).await.unwrap(), 2);
    assert_eq!([&first, &second, &other].map(|key| world.code(key, &[])), ["REVOKED", "REVOKED", "VALID"]);
    assert_eq!(world.engine.revoke_keys(&world.root(), filter, false).await.unwrap(), 0);
    assert_invalid(world.engine.revoke_keys(&world.root(), RevokeFilter::default(), false).await, "filter");
}

#[tokio::test]
async fn the_last_use_is_kept_with_address_and_agent() {
    let mut world = World::new().await;
    let (listing, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let address = Some("192.0.2.9".parse().unwrap());
    let request =
        VerifyRequest { address, agent: Some("curl/8"), ..VerifyRequest::of(PresentedKey::new(&key)) };
    assert!(world.verdict(&request).valid);
    world.restart().await;
    let used = world.engine.key(&world.root(), listing.key.id).await.unwrap().last_use.unwrap();
    assert_eq!((used.at, used.address, used.agent.as_deref()), (world.engine.now(), address, Some("curl/8")));
}

#[tokio::test]
async fn a_refused_key_leaves_no_trace_of_use_and_costs_its_sender() {
    let world = World::new().await;
    let (listing, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    assert_eq!(world.code(&key, &["asset.delete"]), "INSUFFICIENT_PERMISSIONS");
    world.engine.stop().await;
    assert!(world.engine.key(&world.root(), listing.key.id).await.unwrap().last_use.is_none());
    let origin = || Origin::new(Some("192.0.2.66".parse().unwrap()), None, None);
    let mut answers = Vec::new();
    for _ in 0..100 {
        answers.push(world.engine.authenticate_key(PresentedKey::new("kw_guess"), None, origin()));
    }
    assert!(matches!(answers[0], Err(Error::Unauthenticated(Unauthenticated::Key(_)))));
    assert!(matches!(answers[99], Err(Error::TooManyAttempts { .. })));
    // A right key from there is let in all the same.
    world.engine.authenticate_key(PresentedKey::new(&key), None, origin()).unwrap();
    assert!(world.engine.counters().throttled() > 0);
}

#[tokio::test]
async fn a_repeated_request_is_answered_again_and_done_once() {
    let world = World::new().await;
    let once = || world.engine.with_idempotency(world.root(), "POST", "/v1/api-keys", "abc", b"{}").unwrap();
    let first = world.engine.create_key(&once(), draft(&["asset.read"])).await.unwrap();
    let again = world.engine.create_key(&once(), draft(&["asset.read"])).await.unwrap();
    assert_eq!(first.listing, again.listing);
    assert_eq!(first.secret.as_ref().unwrap().expose(), again.secret.as_ref().unwrap().expose());
    let other_body =
        world.engine.with_idempotency(world.root(), "POST", "/v1/api-keys", "abc", b"{ }").unwrap();
    assert_conflict(world.engine.create_key(&other_body, draft(&["asset.read"])).await, "another body");
    // Concurrent sendings are done once too, and all learn the one secret.
    let twice = || world.engine.with_idempotency(world.root(), "POST", "/v1/api-keys", "def", b"{}").unwrap();
    let (one, two) = (twice(), twice());
    let (one, two) = tokio::join!(
        world.engine.create_key(&one, draft(&["asset.read"])),
        world.engine.create_key(&two, draft(&["asset.read"]))
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.listing.key.id, two.listing.key.id);
    assert_eq!(one.secret.unwrap().expose(), two.secret.unwrap().expose());
    // The secret is told for a minute, and no longer once it was replaced.
    world.clock.advance(Duration::from_mins(1));
    assert!(world.engine.create_key(&once(), draft(&["asset.read"])).await.unwrap().secret.is_none());
    world.clock.advance(Duration::from_hours(24));
    let anew = world.engine.create_key(&once(), draft(&["asset.read"])).await.unwrap();
    assert_ne!(anew.listing.key.id, first.listing.key.id);
    world.engine.revoke_key(&world.root(), anew.listing.key.id).await.unwrap();
    assert!(world.engine.create_key(&once(), draft(&["asset.read"])).await.unwrap().secret.is_none());
}

#[tokio::test]
async fn an_idempotency_key_counts_for_its_credential_alone() {
    let world = World::new().await;
    let (_, weak) = world.issue(&world.root(), draft(&["apiKey.create", "asset.read"])).await;
    let strong = world.engine.with_idempotency(world.root(), "POST", "/v1/api-keys", "abc", b"{}").unwrap();
    world.engine.create_key(&strong, draft(&["all"])).await.unwrap();
    let weak =
        world.engine.with_idempotency(world.actor(&weak), "POST", "/v1/api-keys", "abc", b"{}").unwrap();
    assert_forbidden(world.engine.create_key(&weak, draft(&["all"])).await, "lack");
}

#[tokio::test]
async fn the_organization_says_how_long_keys_live() {
    let world = World::new().await;
    let root = world.root();
    let patch = keywright_engine::OrganizationPatch {
        default_expiry_seconds: Change::Set(Some(60)),
        max_expiry_seconds: Change::Set(Some(3600)),
        key_prefix: Change::Set(Some("acme".to_owned())),
        ..Default::default()
    };
    world.engine.update_organization(&root, root.organization_id(), patch).await.unwrap();
    let (listing, key) = world.issue(&root, draft_of_owner()).await;
    assert_eq!(listing.key.expires_at, Some(world.engine.now().plus(Duration::from_mins(1))));
    assert!(key.starts_with("acme_") && key.starts_with(listing.shown_prefix.as_deref().unwrap()));
    let too_long = world.engine.now().plus(Duration::from_secs(3601)).to_string();
    let create =
        world.engine.create_key(&root, KeyDraft { expires_at: Some(too_long.clone()), ..draft(&["all"]) });
    assert_invalid(create.await, "expiresAt");
    for expires_at in [Some(too_long), None] {
        let patch = KeyPatch { expires_at: Change::Set(expires_at), ..KeyPatch::default() };
        assert_invalid(world.engine.update_key(&root, listing.key.id, patch).await, "expiresAt");
    }
}

#[tokio::test]
async fn a_wrong_pepper_and_an_undelivered_secret_stop_the_start() {
    let world = World::new().await;
    world.engine.stop().await;
    let mut parts = world.parts.clone();
    parts.pepper = keywright_domain::Pepper::new([8; 32]);
    let refused = keywright_engine::Engine::start(parts, |_| Ok(())).await;
    assert!(matches!(refused.err(), Some(keywright_engine::StartError::WrongPepper)));

    let directory = tempfile::tempdir().unwrap();
    let store = keywright_store::sqlite::SqliteStore::open(directory.path().join("fresh.db")).unwrap();
    let parts = keywright_engine::EngineParts { store: std::sync::Arc::new(store), ..world.parts.clone() };
    let undelivered =
        keywright_engine::Engine::start(parts.clone(), |_| Err(std::io::Error::other("disk full"))).await;
    assert!(matches!(undelivered.err(), Some(keywright_engine::StartError::NotDelivered(_))));
    assert!(parts.store.is_empty().await.unwrap());
}

#[tokio::test]
async fn a_reset_root_key_replaces_the_old_one_and_leaves_others_alone() {
    let mut world = World::new().await;
    let (_, other) = world.issue(&world.root(), draft(&["all"])).await;
    world.engine.stop().await;
    let mut made = String::new();
    let parts = world.parts.clone();
    let summary = keywright_engine::reset_root_key(parts, |key| {
        key.expose().clone_into(&mut made);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(summary.revoked, 1);
    let old = std::mem::replace(&mut world.root_key, made);
    world.restart().await;
    assert_eq!([world.code(&old, &[]), world.code(&other, &[])], ["REVOKED", "VALID"]);
}

#[tokio::test]
async fn very_many_keys_are_revoked_in_steps_and_counted_together() {
    let world = World::new().await;
    let root = world.root();
    let keys = import(&world, 2100).await;
    let (kept, kept_key) = world.issue(&root, draft(&["asset.read"])).await;
    assert_eq!(world.engine.revoke_keys(&root, acme(), true).await.unwrap(), 2100);
    let repeatable = || world.engine.with_idempotency(root.clone(), "POST", "/revoke", "one", b"x").unwrap();
    assert_eq!(world.engine.revoke_keys(&repeatable(), acme(), false).await.unwrap(), 2100);
    assert!(keys.iter().all(|key| world.code(key, &[]) == "REVOKED"));
    assert_eq!(world.code(&kept_key, &["asset.read"]), "VALID", "{}", kept.key.name);
    // A repetition is told the same, and nothing is left for another.
    assert_eq!(world.engine.revoke_keys(&repeatable(), acme(), false).await.unwrap(), 2100);
    assert_eq!(world.engine.revoke_keys(&root, acme(), false).await.unwrap(), 0);
}

#[tokio::test]
async fn who_revokes_their_own_key_among_very_many_revokes_all_of_them() {
    let world = World::new().await;
    let mine = KeyDraft { external_id: Some("acme".to_owned()), ..draft(&["apiKey.manage"]) };
    let (_, own) = world.issue(&world.root(), mine).await;
    let keys = import(&world, 2100).await;
    assert_eq!(world.engine.revoke_keys(&world.actor(&own), acme(), false).await.unwrap(), 2101);
    assert!(keys.iter().chain([&own]).all(|key| world.code(key, &[]) == "REVOKED"));
}

#[tokio::test]
async fn a_bulk_revocation_is_gone_on_with_when_its_caller_hangs_up() {
    let world = World::new().await;
    let root = world.root();
    let keys = import(&world, 2100).await;
    tokio::select! {
        biased;
        _ = world.engine.revoke_keys(&root, acme(), false) => panic!("it has only begun"),
        () = std::future::ready(()) => {}
    }
    while !keys.iter().all(|key| world.code(key, &[]) == "REVOKED") {
        tokio::task::yield_now().await;
    }
}

/// What a clock that ran ahead has dated into the future is revoked as well.
#[tokio::test]
async fn keys_of_the_future_are_revoked_too() {
    let mut world = World::new().await;
    let now = world.engine.now();
    world.clock.advance(Duration::from_hours(1));
    let draft_of_acme = || KeyDraft { external_id: Some("acme".to_owned()), ..draft(&["asset.read"]) };
    let (one, one_key) = world.issue(&world.root(), draft_of_acme()).await;
    let (_, other_key) = world.issue(&world.root(), draft_of_acme()).await;
    world.clock.set(now);
    world.restart().await;
    let by_id = RevokeFilter { ids: Some(vec![one.key.id.to_string()]), ..RevokeFilter::default() };
    assert_eq!(world.engine.revoke_keys(&world.root(), by_id, false).await.unwrap(), 1);
    assert_eq!(world.engine.revoke_keys(&world.root(), acme(), false).await.unwrap(), 1);
    assert_eq!([&one_key, &other_key].map(|key| world.code(key, &[])), ["REVOKED"; 2]);
}

fn acme() -> RevokeFilter {
    RevokeFilter { external_id: Some("acme".to_owned()), ..RevokeFilter::default() }
}

/// Imports so many keys for acme.
async fn import(world: &World, count: u32) -> Vec<String> {
    let keys: Vec<String> = (0..count).map(|number| format!("an-imported-key-{number:06}")).collect();
    for some in keys.chunks(1000) {
        let items = some.iter().map(|key| ImportItem {
            secret: ImportedSecret::Plaintext(PlaintextKey::imported(key.clone())),
            draft: KeyDraft { external_id: Some("acme".to_owned()), ..draft(&["asset.read"]) },
        });
        let imported = world.engine.import_keys(&world.root(), items.collect()).await.unwrap();
        assert!(imported.iter().all(Result::is_ok));
    }
    keys
}
