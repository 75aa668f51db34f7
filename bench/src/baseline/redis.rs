//! Redis, over one connection that many requests share.

use std::path::Path;

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncCommands as _, Client};
use keywright_domain::{Digest, PresentedKey};

use super::answers::FACTS;
use super::{CHUNK, LookUp};
use crate::data_set::{lines, pepper};

pub(super) struct Redis(MultiplexedConnection);

impl Redis {
    pub(super) async fn fill(url: &str, keys: &Path) -> anyhow::Result<Self> {
        let mut connection = Client::open(url)?.get_multiplexed_async_connection().await?;
        let mut keys = lines(keys)?.peekable();
        while keys.peek().is_some() {
            let mut pairs = Vec::with_capacity(CHUNK);
            for key in keys.by_ref().take(CHUNK) {
                pairs.push((pepper().digest(PresentedKey::new(&key?)).as_bytes().to_vec(), FACTS));
            }
            connection.mset::<_, _, ()>(&pairs).await?;
        }
        Ok(Self(connection))
    }
}

impl LookUp for Redis {
    async fn find(&self, digest: &Digest) -> anyhow::Result<Option<String>> {
        let mut connection = self.0.clone();
        Ok(connection.get(&digest.as_bytes()[..]).await?)
    }
}
