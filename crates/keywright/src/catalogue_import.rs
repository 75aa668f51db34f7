//! `keywright catalogue import`: an organization's permissions, out of a file.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use keywright_engine::{CataloguePlan, Engine, Error, PlannedPermission, StartError};

use crate::catalogue_file::CatalogueFile;
use crate::config::Config;
use crate::data_dir::LockedDataDir;
use crate::{parts, terminal};

/// Declares what a file says, all of it or nothing. `agreed`: verbs may change.
pub(crate) fn run(file: &Path, organization: &str, agreed: bool, config: &Config) -> Result<()> {
    let file = CatalogueFile::read(file)?;
    let data_dir = LockedDataDir::existing(&config.data_dir)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let layout = data_dir.layout();
        let pepper_path = parts::pepper_path(config, layout);
        let parts = parts::open_or_make(layout, &pepper_path).await?;
        if parts.store.is_empty().await? {
            return Err(StartError::NeverStarted.into());
        }
        let nothing_new = |_: &_| Err(io::Error::other("a catalogue is imported into what is there"));
        let engine = Engine::start(parts, nothing_new).await;
        let engine = engine.map_err(|error| parts::explain(error, &pepper_path))?;
        let outcome = import(&engine, file, organization, agreed).await;
        engine.stop().await;
        outcome
    })
}

async fn import(engine: &Engine, file: CatalogueFile, organization: &str, agreed: bool) -> Result<()> {
    let Some(id) = engine.find_organization(organization) else {
        bail!(
            "there is no organization {organization:?}; name one by its slug, number or id with --organization"
        );
    };
    let plan = match engine.plan_catalogue(id, file.drafts.clone()).await {
        Ok(plan) => plan,
        Err(Error::Invalid(problems)) => return Err(file.by_line(&problems).into()),
        Err(error) => return Err(error.into()),
    };
    terminal::print(&describe(&plan))?;
    let changing = plan.permissions().filter(|one| one.changes_verb()).count();
    if changing > 0 && !agreed {
        bail!(
            "nothing was changed: {changing} of these change their verb, which decides which keys have them; look at \
             the keys that this touches, and add --yes"
        );
    }
    engine.import_catalogue(plan).await.map_err(|error| anyhow!("nothing was changed: {error}"))?;
    Ok(terminal::print("done\n")?)
}

/// A line for each permission, and the sums.
fn describe(plan: &CataloguePlan) -> String {
    let mut text = String::new();
    let (mut added, mut changed, mut unchanged) = (0, 0, 0);
    for one in plan.permissions() {
        let PlannedPermission { name, verb, .. } = one;
        let word = if one.is_unchanged() {
            unchanged += 1;
            "unchanged"
        } else if one.exists {
            changed += 1;
            "changed"
        } else {
            added += 1;
            "added"
        };
        let _ = write!(text, "{word:<10} {name} {verb}", verb = verb.as_str());
        if one.changes_verb() {
            let keys = if one.keys_touched == 1 { "key" } else { "keys" };
            let _ = write!(text, " (was {}; {} {keys} touched)", one.verb_before.as_str(), one.keys_touched);
        }
        text.push('\n');
    }
    let _ = writeln!(text, "{added} added, {changed} changed, {unchanged} unchanged");
    text
}
