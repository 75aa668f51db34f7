//! SIGHUP: the configuration file is read again, and what can change while the server runs does.

use keywright_server::Reloader;

use crate::config::{Changes, Config, Problems, Settings};
use crate::logging::LogControl;

/// Reads the configuration again, on demand.
pub(crate) struct Reload {
    /// What the command line and the environment gave, and the name of the file.
    settings: Settings,
    /// What the server runs with.
    running: Config,
    reloader: Reloader,
    log: LogControl,
}

impl Reload {
    pub(crate) const fn new(
        settings: Settings,
        running: Config,
        reloader: Reloader,
        log: LogControl,
    ) -> Self {
        Self { settings, running, reloader, log }
    }

    /// Takes up what has changed. A configuration with a problem changes nothing.
    pub(crate) fn now(&mut self) {
        if self.settings.file.is_none() {
            tracing::info!("there is no configuration file to read again: none was named with --config");
            return;
        }
        let new = match Config::resolve(self.settings.clone()) {
            Ok(config) => config,
            Err(Problems(problems)) => {
                for problem in problems {
                    tracing::error!(%problem, "nothing of the changed configuration was taken up");
                }
                return;
            }
        };
        let Changes { now, at_the_next_start } = self.running.take_up(new);
        self.log.set_filter(&self.running.log_filter);
        self.reloader.set(self.running.reloadable());
        tracing::info!(changed = now.join(", "), "the configuration was read again");
        for setting in at_the_next_start {
            tracing::warn!(setting, "this setting has changed in the configuration and needs a restart");
        }
    }
}
