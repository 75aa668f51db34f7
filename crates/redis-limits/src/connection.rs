//! A connection: to one server, or to a Redis Cluster.

use std::time::Duration;

use keywright_engine::{SharedCount, SharedLimitsAway, SharedUse};
use redis::aio::MultiplexedConnection;
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::{AsyncConnectionConfig, Client, RedisError};
use uuid::Uuid;

use crate::script;
use crate::url::RedisUrl;

/// How long one server may take to accept a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);
/// Commands that may wait to be written to the socket; whoever comes then waits in turn, within their own time limit.
const WRITE_QUEUE: usize = 1_024;
/// A use that comes to a node which no longer has the slot is sent on this often.
const CLUSTER_RETRIES: u32 = 3;

/// A connection that is shared by all uses: their commands follow one another without waiting for the answers.
#[derive(Clone)]
pub(crate) enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Connection {
    /// Connects to the first of the servers that can be reached, or to the cluster that they belong to.
    pub(crate) async fn open(urls: &[RedisUrl]) -> Result<Self, SharedLimitsAway> {
        let mut failed = Vec::new();
        for url in urls {
            match Self::open_one(url, urls).await {
                Ok(connection) => return Ok(connection),
                Err(reason) => failed.push(format!("{url}: {reason}")),
            }
        }
        Err(SharedLimitsAway { reason: failed.join("; ") })
    }

    async fn open_one(url: &RedisUrl, urls: &[RedisUrl]) -> Result<Self, String> {
        let told = |error: RedisError| error.to_string();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_WITHIN))
            // The engine gives a use up after its own time limit.
            .set_response_timeout(None)
            .set_pipeline_buffer_size(WRITE_QUEUE);
        let client = Client::open(url.info().clone()).map_err(told)?;
        let mut single = client.get_multiplexed_async_connection_with_config(&config).await.map_err(told)?;
        if !is_cluster(&mut single).await {
            if urls.len() > 1 {
                // Nodes that chose different servers would not count together.
                return Err(
                    "is no node of a Redis Cluster, and of other servers there can be only one".to_owned()
                );
            }
            return Ok(Self::Single(single));
        }
        let client = ClusterClientBuilder::new(urls.iter().map(|url| url.info().clone()))
            .connection_timeout(CONNECT_WITHIN)
            .retries(CLUSTER_RETRIES)
            .build()
            .map_err(told)?;
        client.get_async_connection().await.map(Self::Cluster).map_err(told)
    }

    /// Counts a use on all limits or on none.
    pub(crate) async fn take(
        &mut self,
        owner: Uuid,
        uses: &[SharedUse<'_>],
    ) -> Result<SharedCount, RedisError> {
        match self {
            Self::Single(connection) => script::take(connection, owner, uses).await,
            Self::Cluster(connection) => script::take(connection, owner, uses).await,
        }
    }
}

/// Whether the server says that it is a node of a cluster. One that does not let us ask is taken for none.
async fn is_cluster(connection: &mut MultiplexedConnection) -> bool {
    let info: Result<String, _> = redis::cmd("INFO").arg("cluster").query_async(connection).await;
    info.is_ok_and(|info| info.contains("cluster_enabled:1"))
}
