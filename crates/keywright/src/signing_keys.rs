//! `keywright signing-keys list` and `rotate`: the keys that sign offline tokens, for who is at the machine and has no key to
//! ask with.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use keywright_engine::{
    EngineParts, SigningKeyFacts, SigningKeyState, StartError, rotate_stored_signing_keys,
    stored_signing_keys,
};

use crate::config::Config;
use crate::data_dir::LockedDataDir;
use crate::{parts, terminal};

/// Shows the signing keys.
pub(crate) fn list(config: &Config) -> Result<()> {
    show(&with_parts(config, async |parts| stored_signing_keys(parts).await)?)
}

/// Makes another one. `withdraw`: it signs at once, and all earlier ones are forgotten.
pub(crate) fn rotate(config: &Config, withdraw: bool) -> Result<()> {
    show(&with_parts(config, async |parts| rotate_stored_signing_keys(parts, withdraw).await)?)
}

fn with_parts(
    config: &Config,
    work: impl AsyncFnOnce(&EngineParts) -> Result<Vec<SigningKeyFacts>, StartError>,
) -> Result<Vec<SigningKeyFacts>> {
    let data_dir = LockedDataDir::existing(&config.data_dir)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let pepper_path = parts::pepper_path(config, data_dir.layout());
        let parts = parts::open_or_make(data_dir.layout(), &pepper_path).await?;
        work(&parts).await.map_err(|error| parts::explain(error, &pepper_path))
    })
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
