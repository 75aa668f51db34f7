//! Rate limits through verification.

mod harness;

use std::time::Duration;

use harness::{World, draft, limits};
use keywright_domain::PresentedKey;
use keywright_engine::{Cost, KeyDraft, KeyPatch, VerifyRequest};
use keywright_store::Change;

#[tokio::test]
async fn a_key_is_used_up_to_its_limit_and_again_later() {
    let world = World::new().await;
    let limited = KeyDraft { rate_limits: Some(limits(&[("default", 3, 30)])), ..draft(&["asset.read"]) };
    let (_, key) = world.issue(&world.root(), limited).await;
    let request = VerifyRequest { all: &["asset.read"], ..VerifyRequest::of(PresentedKey::new(&key)) };
    for left in [2, 1, 0] {
        let verdict = world.verdict(&request);
        assert_eq!((verdict.code, verdict.rate_limits[0].remaining), ("VALID", left));
    }
    let full = world.verdict(&request);
    assert_eq!((full.valid, full.code), (false, "RATE_LIMITED"));
    assert_eq!(full.retry_after, Some(Duration::from_secs(10)));
    assert_eq!(full.rate_limits[0].reset_at, world.engine.now().plus(Duration::from_secs(30)));
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(world.verdict(&request).code, "VALID");
}

#[tokio::test]
async fn a_use_that_is_denied_is_counted_on_no_limit_and_not_noted() {
    let world = World::new().await;
    let limited = KeyDraft { rate_limits: Some(limits(&[("default", 1, 60)])), ..draft(&["asset.read"]) };
    let (listing, key) = world.issue(&world.root(), limited).await;
    for _ in 0..5 {
        assert_eq!(world.code(&key, &["asset.delete"]), "INSUFFICIENT_PERMISSIONS");
    }
    assert_eq!(world.code(&key, &["asset.read"]), "VALID");
    world.clock.advance(Duration::from_secs(5));
    assert_eq!(world.code(&key, &["asset.read"]), "RATE_LIMITED");
    let used_at = world.engine.now().minus(Duration::from_secs(5));
    let mut world = world;
    world.restart().await;
    let key = world.engine.key(&world.root(), listing.key.id).await.unwrap();
    assert_eq!(key.last_use.unwrap().at, used_at, "a use that was refused is no use");
}

#[tokio::test]
async fn costs_count_and_a_question_too_large_never_fits() {
    let world = World::new().await;
    let limited = KeyDraft {
        rate_limits: Some(limits(&[("requests", 100, 60), ("tokens", 1_000, 60)])),
        ..draft(&["asset.read"])
    };
    let (_, key) = world.issue(&world.root(), limited).await;
    let ask = |tokens: u32| {
        let costs = [("tokens", tokens)];
        let cost = Cost { credits: 1, limits: &costs };
        let verdict = world.verdict(&VerifyRequest { cost, ..VerifyRequest::of(PresentedKey::new(&key)) });
        let left: Vec<u32> = verdict.rate_limits.iter().map(|state| state.remaining).collect();
        (verdict.code, left)
    };
    assert_eq!(ask(900), ("VALID", vec![99, 100]));
    assert_eq!(ask(101), ("RATE_LIMITED", vec![99, 100]));
    assert_eq!(ask(1_001), ("RATE_LIMITED", vec![99, 100]));
    assert_eq!(ask(0), ("VALID", vec![98, 100]));
}

#[tokio::test]
async fn a_limit_changes_with_the_key_at_once() {
    let world = World::new().await;
    let limited = KeyDraft { rate_limits: Some(limits(&[("default", 1, 60)])), ..draft(&["asset.read"]) };
    let (listing, key) = world.issue(&world.root(), limited).await;
    assert_eq!(world.code(&key, &[]), "VALID");
    assert_eq!(world.code(&key, &[]), "RATE_LIMITED");
    let patch = KeyPatch { rate_limits: Change::Set(None), ..KeyPatch::default() };
    world.engine.update_key(&world.root(), listing.key.id, patch).await.unwrap();
    assert_eq!(world.code(&key, &[]), "VALID");
}

#[tokio::test]
async fn a_limited_key_is_let_into_the_management_api_without_being_counted() {
    let world = World::new().await;
    let limited = KeyDraft { rate_limits: Some(limits(&[("default", 1, 60)])), ..draft(&["apiKey.read"]) };
    let (_, key) = world.issue(&world.root(), limited).await;
    for _ in 0..3 {
        world.actor(&key);
    }
    assert_eq!(world.code(&key, &[]), "VALID");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn under_many_callers_exactly_the_limit_passes() {
    let world = World::new().await;
    let limited = KeyDraft { rate_limits: Some(limits(&[("default", 500, 60)])), ..draft(&["asset.read"]) };
    let (_, key) = world.issue(&world.root(), limited).await;
    assert_eq!(world.let_in_of_many(&[key.into()]).await, 500);
}
