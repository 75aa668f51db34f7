//! Redis killed, frozen, not there yet, and back.

use std::sync::Arc;
use std::time::Duration;

use crate::harness::{Nodes, PATIENT, Redis, limit};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn killed_in_the_middle_no_use_fails_and_back_it_counts_for_all_again() {
    let mut redis = Redis::start().await;
    let plenty = vec![limit("default", 1_000_000, 86_400)];
    let (nodes, keys) = Nodes::new(&[], &[plenty, vec![limit("default", 300, 86_400)]]).await;
    let nodes = Arc::new(nodes.start(&[redis.url()], PATIENT).await);
    assert_eq!(nodes.shared(), [Some(true); 2]);

    let storm = {
        let (nodes, keys) = (Arc::clone(&nodes), keys[..1].to_vec());
        tokio::spawn(async move { nodes.storm(&keys, 200).await })
    };
    // In the middle: some were counted there, and more are to come.
    crate::harness::eventually("uses are counted in Redis", async || {
        nodes.engines[0].counters().verdicts().any(|(code, count)| code == "VALID" && count > 1_000)
    })
    .await;
    redis.kill();
    assert_eq!(storm.await.unwrap().valid, 128 * 200, "a storm tells of a use that fails");
    assert_eq!(nodes.shared(), [Some(false); 2]);
    assert!(nodes.fallbacks() > 0);

    // Each node counts alone.
    let alone = nodes.storm(&keys[1..], 20).await;
    assert_eq!(alone.valid, 600);

    redis.restart().await;
    nodes.wait_until_shared().await;
    let before = nodes.fallbacks();
    let together = nodes.storm(&keys[1..], 20).await;
    assert_eq!((together.valid, nodes.fallbacks() - before), (300, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn frozen_it_holds_up_few_uses_and_none_for_long() {
    let redis = Redis::start().await;
    let (nodes, keys) = Nodes::new(&[], &[vec![limit("default", 1_000_000, 86_400)]]).await;
    let nodes = Arc::new(nodes.start(&[redis.url()], Duration::from_millis(500)).await);
    redis.freeze();
    // Those that were under way wait for half a second; nobody who comes later does. A second's rest lies between two
    // attempts to reach it, each of which takes two seconds, so that nothing is asked of it here again.
    let storm = tokio::time::timeout(Duration::from_mins(1), nodes.storm(&keys, 200));
    assert_eq!(storm.await.expect("nobody waits for long").valid, 128 * 200);
    assert_eq!((nodes.shared(), nodes.fallbacks()), (vec![Some(false); 2], 128 * 200));
    redis.thaw();
    nodes.wait_until_shared().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_start_without_it() {
    let mut redis = Redis::start().await;
    redis.kill();
    let (nodes, keys) = Nodes::new(&[], &[vec![limit("default", 10, 86_400)]]).await;
    let nodes = Arc::new(nodes.start(&[redis.url()], PATIENT).await);
    assert_eq!(nodes.shared(), [Some(false); 2]);
    assert_eq!(nodes.storm(&keys, 1).await.valid, 20);
    redis.restart().await;
    nodes.wait_until_shared().await;
    assert_eq!(nodes.storm(&keys, 1).await.valid, 10);
}
