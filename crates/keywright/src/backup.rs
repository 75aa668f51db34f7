//! `keywright backup`: a copy of the database, while the server runs or not.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use keywright_store::sqlite::back_up;

use crate::config::Config;
use crate::data_dir::{Layout, require_database};
use crate::{parts, terminal};

/// Copies the database to a new file. No lock is taken: the server may run, and goes on.
pub(crate) fn run(file: &Path, config: &Config) -> Result<()> {
    let layout = Layout::new(&config.data_dir);
    require_database(&layout)?;
    back_up(&layout.database(), file).context("no backup was made")?;
    let bytes = fs::metadata(file).map_or(0, |facts| facts.len());
    let text = format!(
        "Backed up {} to {} ({bytes} bytes).\n\
         The pepper is not in it, and without the pepper no key in it can be verified. The pepper is {}: keep a copy \
         of it too, apart from the backups.\n",
        layout.database().display(),
        file.display(),
        parts::pepper_path(config, &layout).display(),
    );
    Ok(terminal::print(&text)?)
}
