//! `keywright setup-link reset`: a new set-up link for an operator whose earlier one was lost, has ended, or was voided by
//! a restore.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use keywright_engine::reset_set_up_link;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::data_dir::LockedDataDir;
use crate::delivery::Delivery;
use crate::{parts, serve, terminal};

/// Makes a new set-up link; the earlier one leads nowhere then.
pub(crate) fn reset(config: &Config) -> Result<()> {
    let data_dir = LockedDataDir::existing(&config.data_dir)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(reset_in(config, &data_dir))
}

async fn reset_in(config: &Config, data_dir: &LockedDataDir) -> Result<()> {
    let layout = data_dir.layout();
    let pepper_path = parts::pepper_path(config, layout);
    let parts = parts::open_or_make(layout, &pepper_path).await?;
    let url = serve::url_of(config, config.listen);
    let delivery = Delivery::new(terminal::is_attended(), config.root_key_file.as_deref(), layout);
    let mut delivered = None;
    reset_set_up_link(parts, |token| {
        delivered = Some(delivery.deliver_setup_link(serve::setup_link(&url, token))?);
        Ok(())
    })
    .await
    .map_err(|error| parts::explain(error, &pepper_path))?;

    let mut text = Zeroizing::new(String::new());
    if let Some(delivered) = &delivered {
        if let Some(link) = &delivered.shown {
            let _ = writeln!(text, "SETUP_LINK={}", **link);
        }
        if let Some(file) = &delivered.file {
            let _ = writeln!(text, "The new set-up link is in {}", file.display());
        }
    }
    let _ =
        writeln!(text, "It works once, within 7 days, when the server runs again. The earlier one is void.");
    terminal::print(&text).context("the new set-up link could not be shown; run this again")
}
