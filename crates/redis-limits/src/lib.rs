//! Rate limits that all nodes count together, in Redis or Valkey.
//!
//! A use is counted by one script in one call, by the server's clock: on all its limits or on none, whatever node asks and
//! however many do. This crate knows how a use is counted there and how the server is reached. It never knows what is
//! limited or why, nor when to ask: the engine stops asking while the server is slow or away.

mod connection;
mod script;
mod url;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use async_trait::async_trait;
use keywright_domain::RateLimit;
use keywright_engine::{SharedCount, SharedLimits, SharedLimitsAway, SharedUse};
use uuid::Uuid;

pub use url::{RedisUrl, RedisUrlError};

use connection::Connection;

/// Limits in one Redis server, or in a Redis Cluster.
pub struct RedisLimits {
    urls: Vec<RedisUrl>,
    time_limit: Duration,
    connection: ArcSwapOption<Connection>,
}

impl RedisLimits {
    /// Limits in the server at this URL, or in the cluster of which these are nodes. Connects when the engine asks for it.
    pub fn new(urls: Vec<RedisUrl>, time_limit: Duration) -> Self {
        Self { urls, time_limit, connection: ArcSwapOption::empty() }
    }
}

#[async_trait]
impl SharedLimits for RedisLimits {
    async fn take(&self, owner: Uuid, uses: &[SharedUse<'_>]) -> Result<SharedCount, SharedLimitsAway> {
        let connection = self.connection.load_full();
        let Some(mut connection) = connection.as_deref().cloned() else {
            return Err(SharedLimitsAway { reason: "it was not connected to yet".to_owned() });
        };
        connection.take(owner, uses).await.map_err(away)
    }

    /// Connects anew, since what could not be reached may have left a broken connection, and counts a use that is nobody's:
    /// a server that answers but does not write is of no use.
    async fn reach(&self) -> Result<(), SharedLimitsAway> {
        self.connection.store(None);
        let mut connection = Connection::open(&self.urls).await?;
        let limit = RateLimit { name: "probe".to_owned(), limit: u32::MAX, window_seconds: 1 };
        let nobodys = SharedUse { subject: Uuid::nil(), limit: &limit, cost: 1 };
        connection.take(Uuid::nil(), &[nobodys]).await.map_err(away)?;
        self.connection.store(Some(Arc::new(connection)));
        Ok(())
    }

    fn time_limit(&self) -> Duration {
        self.time_limit
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where errors are converted")]
fn away(error: redis::RedisError) -> SharedLimitsAway {
    SharedLimitsAway { reason: error.to_string() }
}
