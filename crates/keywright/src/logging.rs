//! The log: to standard error, readable on a terminal, JSON on demand.
//!
//! Nothing that passes here is secret: keys, peppers and tokens are types that print nothing of themselves.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

use crate::config::Wrong;
use crate::terminal;

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl LogFormat {
    pub(crate) fn parse(value: &str) -> Result<Self, Wrong> {
        match value {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(Wrong { what: "is not a log format", what_to_do: "write text or json" }),
        }
    }
}

/// What is logged; known to be a filter that can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogFilter(String);

const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

impl LogFilter {
    pub(crate) fn parse(value: &str) -> Result<Self, Wrong> {
        let wrong = Wrong {
            what: "is not a level or a filter",
            what_to_do: "write error, warn, info, debug, trace, off, or a filter such as \
                         info,keywright_engine=debug",
        };
        let directives = match value {
            // Libraries below us speak up only when something is wrong, whatever level is asked of ourselves.
            "info" | "debug" | "trace" => format!("warn,keywright={value}"),
            _ => value.to_owned(),
        };
        // A word alone that is no level would be taken for the name of a target, and silence everything else.
        let has_stray_word = directives
            .split(',')
            .any(|directive| !directive.contains('=') && !LEVELS.contains(&directive.trim()));
        if has_stray_word || EnvFilter::builder().parse(&directives).is_err() {
            return Err(wrong);
        }
        Ok(Self(directives))
    }
}

/// Changes what is logged, while it is.
pub(crate) struct LogControl(Box<dyn Fn(EnvFilter) + Send>);

impl LogControl {
    /// Logs this from now on.
    pub(crate) fn set_filter(&self, filter: &LogFilter) {
        self.0(filter.made());
    }
}

impl LogFilter {
    fn made(&self) -> EnvFilter {
        EnvFilter::builder().parse_lossy(&self.0)
    }
}

/// Starts logging, for the rest of the process.
pub(crate) fn start(format: LogFormat, filter: &LogFilter) -> LogControl {
    let colours = io::stderr().is_terminal() && terminal::colours_are_wanted();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter.made())
        .with_writer(io::stderr)
        .with_ansi(colours)
        // It would tell standard error that standard error is gone, and panic.
        .log_internal_errors(false);
    // It fails only where the subscriber is gone, and that one lives as long as the process.
    let control = match format {
        LogFormat::Text => {
            let subscriber = subscriber.with_filter_reloading();
            let handle = subscriber.reload_handle();
            subscriber.init();
            LogControl(Box::new(move |filter| _ = handle.reload(filter)))
        }
        LogFormat::Json => {
            let subscriber = subscriber.json().flatten_event(true).with_filter_reloading();
            let handle = subscriber.reload_handle();
            subscriber.init();
            LogControl(Box::new(move |filter| _ = handle.reload(filter)))
        }
    };
    // A panic's words may repeat what a request held; its place may not.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a part of the server gave up: this is a defect, please report it");
    }));
    control
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_filters_are_told_from_misspelt_ones() {
        for good in ["error", "off", "trace", "info,keywright_engine=debug", "keywright_server=trace"] {
            assert!(LogFilter::parse(good).is_ok(), "{good} was refused");
        }
        for bad in ["", "loud", "info,loud", "keywright=loud", "INFOO"] {
            assert!(LogFilter::parse(bad).is_err(), "{bad} was accepted");
        }
    }

    #[test]
    fn a_level_for_us_is_at_most_a_warning_for_others() {
        assert_eq!(LogFilter::parse("debug").ok(), Some(LogFilter("warn,keywright=debug".to_owned())));
        assert_eq!(LogFilter::parse("error").ok(), Some(LogFilter("error".to_owned())));
    }
}
