//! Work on a data directory on which no server runs, for who is at the machine.

use anyhow::Result;
use keywright_engine::{EngineParts, StartError};

use crate::config::Config;
use crate::data_dir::{Layout, LockedDataDir};
use crate::parts;

/// Does it with what an engine would be started with. The data directory is there already, and locked meanwhile.
pub(crate) fn with_parts<T>(
    config: &Config,
    work: impl AsyncFnOnce(&Layout, EngineParts) -> Result<T, StartError>,
) -> Result<T> {
    let data_dir = LockedDataDir::existing(&config.data_dir)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let pepper_path = parts::pepper_path(config, data_dir.layout());
        let parts = parts::open_or_make(data_dir.layout(), &pepper_path).await?;
        work(data_dir.layout(), parts).await.map_err(|error| parts::explain(error, &pepper_path))
    })
}
