//! `keywright root-key reset`: a new root key for an operator who lost theirs, or who fears that somebody has it.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use keywright_engine::reset_root_key;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::data_dir::LockedDataDir;
use crate::delivery::Delivery;
use crate::{parts, terminal};

/// Makes a new root key and revokes the earlier ones.
pub(crate) fn reset(config: &Config) -> Result<()> {
    let data_dir = LockedDataDir::existing(&config.data_dir)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(reset_in(config, &data_dir))
}

async fn reset_in(config: &Config, data_dir: &LockedDataDir) -> Result<()> {
    let layout = data_dir.layout();
    let pepper_path = parts::pepper_path(config, layout);
    let parts = parts::open_or_make(layout, &pepper_path).await?;
    let delivery = Delivery::new(terminal::is_attended(), config.root_key_file.as_deref(), layout);
    let mut delivered = None;
    let summary = reset_root_key(parts, |key| {
        delivered = Some(delivery.deliver_root_key(key)?);
        Ok(())
    })
    .await
    .map_err(|error| parts::explain(error, &pepper_path))?;

    let mut text = Zeroizing::new(String::new());
    if let Some(delivered) = &delivered {
        if let Some(key) = &delivered.shown {
            let _ = writeln!(text, "ROOT_KEY={}", key.expose());
        }
        if let Some(file) = &delivered.file {
            let _ = writeln!(text, "The new root key is in {}", file.display());
        }
    }
    let _ = writeln!(text, "Earlier root keys that were revoked: {}", summary.revoked);
    if summary.others > 0 {
        let (others, root) = (summary.others, summary.root_user);
        let _ = writeln!(
            text,
            "{others} other keys, made with a root key, still work. If the earlier one was in wrong hands, revoke what was \
             made until then: POST /v1/api-keys/revoke {{\"filter\": {{\"userId\": \"{root}\", \"createdBefore\": \"...\"}}}}"
        );
    }
    terminal::print(&text).context("the new root key could not be shown; run this again")
}
