//! What a bulk revocation does to others: how long verifications and creates take meanwhile.
//!
//! `cargo run --release -p keywright-engine --example bulk_revoke [keys]`

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "it measures, and prints what it measured"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use keywright_domain::{Pepper, PlaintextKey, PresentedKey};
use keywright_engine::{
    Actor, Engine, EngineParts, EngineSettings, ImportItem, ImportedSecret, KeyDraft, Origin, RevokeFilter,
    SystemClock, SystemRandom, VerifyRequest,
};
use keywright_store::sqlite::SqliteStore;

const CUSTOMER: &str = "acme";

#[tokio::main]
async fn main() {
    let keys: usize = std::env::args().nth(1).map_or(100_000, |text| text.parse().expect("a number of keys"));
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path().join("keywright.db")).expect("a store");
    let parts = EngineParts {
        store: Arc::new(store),
        pepper: Pepper::new([7; 32]),
        clock: Arc::new(SystemClock::default()),
        random: Arc::new(SystemRandom),
        shared_limits: None,
        settings: EngineSettings::default(),
    };
    let mut root = String::new();
    let engine = Engine::start(parts, |first| {
        first.root_key.expose().clone_into(&mut root);
        Ok(())
    });
    let engine = engine.await.expect("it starts");
    let actor = engine.authenticate_key(PresentedKey::new(&root), None, Origin::default()).expect("root");
    fill(&engine, &actor, keys).await;

    let is_over = Arc::new(AtomicBool::new(false));
    let slowest_create = create_meanwhile(&engine, &actor, &is_over);
    let slowest_verify = verify_meanwhile(&engine, &root, &is_over);
    let begun = Instant::now();
    let filter = RevokeFilter { external_id: Some(CUSTOMER.to_owned()), ..RevokeFilter::default() };
    let revoked = engine.revoke_keys(&actor, filter, false).await.expect("revoked");
    let took = begun.elapsed();
    is_over.store(true, Ordering::SeqCst);
    let (creates, slowest_create) = slowest_create.await.expect("creates");
    let (verifications, slowest_verify) = slowest_verify.join().expect("verifications");
    println!("revoked {revoked} in {took:?}");
    println!("meanwhile: {creates} creates, the slowest {slowest_create} ms");
    println!("meanwhile: {verifications} verifications, the slowest {slowest_verify} us");
    engine.stop().await;
}

async fn fill(engine: &Engine, actor: &Actor, keys: usize) {
    for first in (0..keys).step_by(1000) {
        let items = (first..(first + 1000).min(keys)).map(|number| ImportItem {
            secret: ImportedSecret::Plaintext(PlaintextKey::imported(format!("an-imported-key-{number:09}"))),
            draft: KeyDraft {
                name: Some(format!("key {number}")),
                external_id: Some(CUSTOMER.to_owned()),
                permissions: Some(vec!["asset.read".to_owned()]),
                ..KeyDraft::default()
            },
        });
        engine.import_keys(actor, items.collect()).await.expect("imported");
    }
}

/// Makes keys one after another; how many, and the longest that one took, in ms.
fn create_meanwhile(
    engine: &Arc<Engine>,
    actor: &Actor,
    is_over: &Arc<AtomicBool>,
) -> tokio::task::JoinHandle<(u64, u128)> {
    let (engine, actor, is_over) = (Arc::clone(engine), actor.clone(), Arc::clone(is_over));
    tokio::spawn(async move {
        let (mut count, mut slowest) = (0, 0);
        while !is_over.load(Ordering::SeqCst) {
            let draft = KeyDraft { name: Some("meanwhile".to_owned()), ..KeyDraft::default() };
            let begun = Instant::now();
            engine.create_key(&actor, draft).await.expect("created");
            slowest = slowest.max(begun.elapsed().as_millis());
            count += 1;
        }
        (count, slowest)
    })
}

/// Verifies the root key all the time, in a thread of its own; how often, and the longest that one took, in us.
fn verify_meanwhile(
    engine: &Arc<Engine>,
    root: &str,
    is_over: &Arc<AtomicBool>,
) -> std::thread::JoinHandle<(u64, u128)> {
    let (engine, root, is_over) = (Arc::clone(engine), root.to_owned(), Arc::clone(is_over));
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let key = PresentedKey::new(&root);
            let actor = engine.authenticate_key(key, None, Origin::default()).expect("root");
            let (mut count, mut slowest) = (0_u64, 0);
            while !is_over.load(Ordering::SeqCst) {
                let begun = Instant::now();
                let verdict = engine.verify(&actor, &VerifyRequest::of(key)).await.expect("verified");
                assert!(verdict.valid);
                slowest = slowest.max(begun.elapsed().as_micros());
                count += 1;
            }
            (count, slowest)
        })
    })
}
