//! `keywright root-key reset`: a new root key for an operator who lost theirs, or who fears that somebody has it.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use keywright_domain::PlaintextKey;
use keywright_engine::reset_root_key;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::delivery::Delivery;
use crate::offline::with_parts;
use crate::terminal;

/// Makes a new root key and revokes the earlier ones.
pub(crate) fn reset(config: &Config) -> Result<()> {
    let mut delivered = None;
    let summary = with_parts(config, async |layout, parts| {
        let delivery = Delivery::new(terminal::is_attended(), config.root_key_file.as_deref(), layout);
        reset_root_key(parts, |key| {
            delivered = Some(delivery.deliver_root_key(key)?);
            Ok(())
        })
        .await
    })?;

    let mut text = Zeroizing::new(String::new());
    if let Some(delivered) = &delivered {
        delivered.tell(&mut text, ("ROOT_KEY", "The new root key"), PlaintextKey::expose);
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
