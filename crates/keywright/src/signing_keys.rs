//! `keywright signing-keys list` and `rotate`: the keys that sign offline tokens, for who is at the machine and has no key to
//! ask with.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use keywright_engine::{SigningKeyFacts, SigningKeyState, rotate_stored_signing_keys, stored_signing_keys};

use crate::config::Config;
use crate::offline::with_parts;
use crate::terminal;

/// Shows the signing keys.
pub(crate) fn list(config: &Config) -> Result<()> {
    show(&with_parts(config, async |_, parts| stored_signing_keys(&parts).await)?)
}

/// Makes another one. `withdraw`: it signs at once, and all earlier ones are forgotten.
pub(crate) fn rotate(config: &Config, withdraw: bool) -> Result<()> {
    show(&with_parts(config, async |_, parts| rotate_stored_signing_keys(&parts, withdraw).await)?)
}

fn show(keys: &[SigningKeyFacts]) -> Result<()> {
    terminal::print(&table(keys)).context("the signing keys could not be shown")
}

fn table(keys: &[SigningKeyFacts]) -> String {
    let mut text = format!("{:<43}  {:<8}  {:<24}  PUBLISHED UNTIL\n", "KEY", "STATE", "SIGNS FROM");
    for SigningKeyFacts { kid, state, signs_from, published_until, .. } in keys {
        let state = match state {
            SigningKeyState::Next => "next",
            SigningKeyState::Current => "current",
            SigningKeyState::Previous => "previous",
        };
        let until = published_until.map_or_else(|| "-".to_owned(), |until| until.to_string());
        let _ = writeln!(text, "{kid:<43}  {state:<8}  {:<24}  {until}", signs_from.to_string());
    }
    text
}
