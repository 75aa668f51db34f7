//! Two nodes under many callers.

use std::sync::Arc;

use crate::harness::{Nodes, PATIENT, Redis, limit};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_uses_at_two_nodes_exactly_the_limit_passes() {
    let redis = Redis::start().await;
    let (nodes, keys) = Nodes::new(&[], &[vec![limit("default", 1_000, 86_400)]]).await;
    let nodes = Arc::new(nodes.start(&[redis.url()], PATIENT).await);
    let outcome = nodes.storm(&keys, 20).await;
    assert_eq!((outcome.valid, outcome.limited, nodes.fallbacks()), (1_000, 1_560, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_uses_of_many_keys_exactly_their_owners_limit_passes() {
    let redis = Redis::start().await;
    // Sixteen keys, each of which may a hundred times, and all together a thousand times.
    let of_keys: Vec<_> = (0..16).map(|_| vec![limit("default", 100, 86_400)]).collect();
    let (nodes, keys) = Nodes::new(&[limit("all", 1_000, 86_400)], &of_keys).await;
    let nodes = Arc::new(nodes.start(&[redis.url()], PATIENT).await);
    let outcome = nodes.storm(&keys, 20).await;
    assert_eq!((outcome.valid, outcome.limited, nodes.fallbacks()), (1_000, 1_560, 0));
    // A use that its owner's limit refused was counted on no key.
    let mut used = 0;
    for key in &keys {
        let verdict = nodes.verdict(0, key).await.unwrap();
        used += verdict.rate_limits[0].limit - verdict.rate_limits[0].remaining;
    }
    assert_eq!(used, 1_000);
}
