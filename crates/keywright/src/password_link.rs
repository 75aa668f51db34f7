//! `keywright password-link`: a way in for somebody who lost their password, made by who is at the machine.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use keywright_engine::make_password_link;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::delivery::Delivery;
use crate::offline::with_parts;
use crate::{serve, terminal};

/// Makes a link by which the person with this address chooses a password; an earlier one leads nowhere then.
pub(crate) fn make(email: &str, config: &Config) -> Result<()> {
    let url = serve::url_of(config, config.listen);
    let mut delivered = None;
    with_parts(config, async |layout, parts| {
        let delivery = Delivery::new(terminal::is_attended(), None, layout);
        make_password_link(parts, email, |token| {
            delivered = Some(delivery.deliver_password_link(serve::password_link(&url, token))?);
            Ok(())
        })
        .await
    })?;

    let mut text = Zeroizing::new(String::new());
    if let Some(delivered) = &delivered {
        delivered.tell(&mut text, ("PASSWORD_LINK", "The link"), |link| link);
    }
    let _ = writeln!(
        text,
        "It works once, within an hour, when the server runs again. Hand it to that person alone: who opens it chooses the \
         password and is signed in as them."
    );
    terminal::print(&text).context("the link could not be shown; run this again")
}
