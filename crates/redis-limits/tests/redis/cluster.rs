//! A Redis Cluster, which is told by the server itself.

use std::sync::Arc;

use keywright_engine::{SharedLimits as _, SharedUse};
use keywright_redis::RedisLimits;
use uuid::Uuid;

use crate::harness::{Cluster, Nodes, PATIENT, Redis, eventually, limit};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_uses_at_two_nodes_exactly_the_limit_passes() {
    let cluster = Cluster::start().await;
    let of_keys: Vec<_> = (0..16).map(|_| vec![limit("default", 100, 86_400)]).collect();
    let (nodes, keys) = Nodes::new(&[limit("all", 1_000, 86_400)], &of_keys).await;
    let nodes = Arc::new(nodes.start(&cluster.urls(), PATIENT).await);
    let outcome = nodes.storm(&keys, 20).await;
    assert_eq!((outcome.valid, outcome.limited, nodes.fallbacks()), (1_000, 1_560, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn owners_are_spread_over_the_nodes_and_found_from_each() {
    let cluster = Cluster::start().await;
    let default = limit("default", 3, 86_400);
    let (first, second) = (cluster.limits_by_node(0).await, cluster.limits_by_node(2).await);
    let take = async |limits: &RedisLimits, owner: Uuid| {
        let uses = [
            SharedUse { subject: Uuid::from_u128(99), limit: &default, cost: 1 },
            SharedUse { subject: owner, limit: &default, cost: 1 },
        ];
        limits.take(owner, &uses).await.unwrap().counted
    };
    for owner in (1..=48).map(Uuid::from_u128) {
        let counted = [
            take(&first, owner).await,
            take(&second, owner).await,
            take(&first, owner).await,
            take(&second, owner).await,
        ];
        assert_eq!(counted, [true, true, true, false]);
    }
    for server in &cluster.servers {
        let mut connection = server.connection().await;
        let states: usize = redis::cmd("DBSIZE").query_async(&mut connection).await.unwrap();
        assert!(states >= 8, "{}: {states}", server.port());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_one_of_its_nodes_uses_are_counted_alone_and_none_fails() {
    let mut cluster = Cluster::start().await;
    let (nodes, keys) = Nodes::new(&[], &[vec![limit("default", 1_000_000, 86_400)]]).await;
    let nodes = Arc::new(nodes.start(&cluster.urls(), PATIENT).await);
    assert_eq!(nodes.storm(&keys, 5).await.valid, 640);
    cluster.servers[1].kill();
    // A cluster with a hole in it takes no more writes once it has noticed.
    let survivor = &cluster.servers[0];
    eventually("the cluster has noticed", async || {
        let mut connection = survivor.connection().await;
        let info: String = redis::cmd("CLUSTER").arg("INFO").query_async(&mut connection).await.unwrap();
        info.contains("cluster_state:fail")
    })
    .await;
    assert_eq!(nodes.storm(&keys, 5).await.valid, 640);
    assert_eq!(nodes.shared(), [Some(false); 2]);
    cluster.servers[1].restart().await;
    nodes.wait_until_shared().await;
    assert_eq!(nodes.storm(&keys, 5).await.valid, 640);
}

#[tokio::test]
async fn several_servers_that_are_no_cluster_are_refused() {
    let (first, second) = (Redis::start().await, Redis::start().await);
    let reason = RedisLimits::new(vec![first.url(), second.url()], PATIENT).reach().await.unwrap_err().reason;
    assert!(reason.contains("no node of a Redis Cluster") && reason.contains(&second.address()), "{reason}");
}
