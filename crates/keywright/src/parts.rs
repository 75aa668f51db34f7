//! What an engine is started with: the store, the pepper, the clock and the source of randomness.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use keywright_engine::{
    Clock, EngineParts, EngineSettings, SharedLimits, StartError, SystemClock, SystemRandom,
};
use keywright_oidc::{ClientSecret, OidcSettings, Provider};
use keywright_redis::RedisLimits;
use keywright_server::OidcSignIn;
use keywright_store::Store;
use keywright_store::sqlite::SqliteStore;

use crate::config::{Config, Limits};
use crate::data_dir::Layout;
use crate::pepper;

/// Where the pepper is.
pub(crate) fn pepper_path(config: &Config, layout: &Layout) -> PathBuf {
    config.pepper_file.clone().unwrap_or_else(|| layout.pepper())
}

/// Opens the store, makes it if there is none, and reads the pepper, which is made only beside an empty store.
pub(crate) async fn open_or_make(layout: &Layout, pepper_path: &Path) -> Result<EngineParts> {
    let database = layout.database();
    let store = SqliteStore::open(&database)
        .with_context(|| format!("the database {} cannot be opened", database.display()))?;
    let random = SystemRandom;
    let pepper = if store.is_empty().await? {
        pepper::read_or_make(pepper_path, &random)?
    } else {
        pepper::read(pepper_path)?
    };
    Ok(EngineParts {
        store: Arc::new(store),
        pepper,
        clock: Arc::new(SystemClock::default()),
        random: Arc::new(random),
        shared_limits: None,
        settings: EngineSettings::default(),
    })
}

/// Where rate limits are counted for all nodes together, if they are.
pub(crate) fn shared_limits(limits: &Limits) -> Option<Arc<dyn SharedLimits>> {
    match limits {
        Limits::Local => None,
        Limits::Redis { urls, time_limit } => Some(Arc::new(RedisLimits::new(urls.clone(), *time_limit))),
    }
}

/// The provider that people may sign in with. Nothing is asked of it before somebody does.
pub(crate) fn oidc(config: &Config, clock: &Arc<dyn Clock>) -> Result<Option<OidcSignIn>> {
    let Some((oidc, public_url)) = config.oidc.as_ref().zip(config.public_url.as_deref()) else {
        return Ok(None);
    };
    let client_secret = match &oidc.client_secret_file {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| {
                format!("the file of oidc.client_secret_file, {}, cannot be read", path.display())
            })?;
            let text = zeroize::Zeroizing::new(text);
            Some(ClientSecret::new(text.trim().to_owned()))
        }
    };
    let settings = OidcSettings {
        issuer: oidc.issuer.clone(),
        client_id: oidc.client_id.clone(),
        client_secret,
        scopes: oidc.scopes.clone(),
        allowed_domains: oidc.allowed_domains.clone(),
        // Of the public URL alone: what a client writes into `Host` must not say where codes are sent.
        redirect_uri: format!("{public_url}/console/oidc/callback"),
    };
    let provider = Arc::new(Provider::new(settings, Arc::clone(clock)));
    Ok(Some(OidcSignIn { provider, label: oidc.label.clone() }))
}

/// Adds what the engine cannot know: the files' names, and what to do.
pub(crate) fn explain(error: StartError, pepper_path: &Path) -> anyhow::Error {
    match error {
        StartError::WrongPepper => anyhow!(
            "the pepper in {} is not the one that the database depends on; put the right one back from where you \
             keep its copy, or name its file with --pepper-file",
            pepper_path.display()
        ),
        StartError::NotDelivered(error) => anyhow!("{error}; nothing was changed"),
        other => other.into(),
    }
}
