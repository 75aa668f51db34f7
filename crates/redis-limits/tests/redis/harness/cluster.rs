//! A Redis Cluster of three nodes, each with a third of the slots and no replica.

use std::process::Command;
use std::sync::Arc;

use keywright_engine::SharedLimits as _;
use keywright_redis::{RedisLimits, RedisUrl};

use super::{PATIENT, Redis, eventually};

pub(crate) struct Cluster {
    pub(crate) servers: Vec<Redis>,
}

impl Cluster {
    pub(crate) async fn start() -> Self {
        let mut servers = Vec::new();
        for _ in 0..3 {
            // A dead node is noticed within a second.
            servers.push(
                Redis::start_with(&["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"]).await,
            );
        }
        let mut create = Command::new("redis-cli");
        create.args(["--cluster", "create"]).args(servers.iter().map(Redis::address)).arg("--cluster-yes");
        let created = create.output().expect("redis-cli comes with redis-server");
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stdout));
        let cluster = Self { servers };
        for server in &cluster.servers {
            eventually("the cluster is whole", async || {
                let mut connection = server.connection().await;
                let info: String =
                    redis::cmd("CLUSTER").arg("INFO").query_async(&mut connection).await.unwrap();
                info.contains("cluster_state:ok")
            })
            .await;
        }
        cluster
    }

    pub(crate) fn urls(&self) -> Vec<RedisUrl> {
        self.servers.iter().map(Redis::url).collect()
    }

    /// Limits in it, found from one of its nodes.
    pub(crate) async fn limits_by_node(&self, node: usize) -> Arc<RedisLimits> {
        let limits = RedisLimits::new(vec![self.servers[node].url()], PATIENT);
        limits.reach().await.unwrap();
        Arc::new(limits)
    }
}
