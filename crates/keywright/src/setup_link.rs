//! `keywright setup-link reset`: a new set-up link for an operator whose earlier one was lost, has ended, or was voided by
//! a restore.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use keywright_engine::reset_set_up_link;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::delivery::Delivery;
use crate::offline::with_parts;
use crate::{serve, terminal};

/// Makes a new set-up link; the earlier one leads nowhere then.
pub(crate) fn reset(config: &Config) -> Result<()> {
    let url = serve::url_of(config, config.listen);
    let mut delivered = None;
    with_parts(config, async |layout, parts| {
        let delivery = Delivery::new(terminal::is_attended(), config.root_key_file.as_deref(), layout);
        reset_set_up_link(parts, |token| {
            delivered = Some(delivery.deliver_setup_link(serve::setup_link(&url, token))?);
            Ok(())
        })
        .await
    })?;

    let mut text = Zeroizing::new(String::new());
    if let Some(delivered) = &delivered {
        delivered.tell(&mut text, ("SETUP_LINK", "The new set-up link"), |link| link);
    }
    let _ =
        writeln!(text, "It works once, within 7 days, when the server runs again. The earlier one is void.");
    terminal::print(&text).context("the new set-up link could not be shown; run this again")
}
