//! `keywright restore`: a backup in the place of the database, which is kept beside it.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use keywright_domain::Id;
use keywright_engine::{Clock as _, Random as _, SystemClock, SystemRandom};
use keywright_store::sqlite::{KeysAfterRestore, Restore, Restored, check_backup, install_backup};

use crate::cli::RestoredKeys;
use crate::config::Config;
use crate::data_dir::LockedDataDir;
use crate::{parts, pepper, terminal};

/// Checks the backup and that its pepper is here, then puts it in place.
pub(crate) fn run(file: &Path, keys: RestoredKeys, config: &Config) -> Result<()> {
    let data_dir = LockedDataDir::create(&config.data_dir)?;
    let layout = data_dir.layout();
    let facts = check_backup(file)
        .with_context(|| format!("{} cannot be restored; nothing was changed", file.display()))?;
    let pepper_path = parts::pepper_path(config, layout);
    let pepper = pepper::read(&pepper_path).context("a backup is restored beside its pepper")?;
    // No secret: it tells whether two peppers are the same, and nothing else of them.
    if facts.pepper_check.is_some_and(|stored| stored != pepper.check_value()) {
        bail!(
            "the pepper in {} is not the one that the backup {} depends on; name that one with --pepper-file, or put \
             it there; nothing was changed",
            pepper_path.display(),
            file.display()
        );
    }

    let now = SystemClock::default().now();
    let mut random = [0; 10];
    SystemRandom.fill(&mut random);
    let restored = install_backup(&Restore {
        from: file,
        database: &layout.database(),
        keys: match keys {
            RestoredKeys::Keep => KeysAfterRestore::Keep,
            RestoredKeys::Disable => KeysAfterRestore::Disable,
        },
        now,
        audit_event: Id::new(now, &random),
    })
    .context("nothing was restored")?;
    Ok(terminal::print(&summary(file, &layout.database(), keys, facts.keys, &restored))?)
}

fn summary(file: &Path, database: &Path, keys: RestoredKeys, count: u64, restored: &Restored) -> String {
    let mut text = format!("Restored {} to {}. Keys in it: {count}.\n", file.display(), database.display());
    if let Some(aside) = &restored.moved_aside {
        let _ = writeln!(text, "The database that was there is now {}.", aside.display());
    }
    text.push_str(
        "Everybody is signed out, and links that were not used are void. Where nobody has set the server up yet, make \
         another set-up link with `keywright setup-link reset`.\n",
    );
    text.push_str(match keys {
        RestoredKeys::Keep => {
            "All keys work as they did when the backup was made: revoke again what was revoked since.\n"
        }
        RestoredKeys::Disable => {
            "All keys are disabled, root keys too: make a root key with `keywright root-key reset`, start the server, \
             and enable the keys that you still trust.\n"
        }
    });
    text
}
