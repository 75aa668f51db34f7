//! The settings: one table for the flags, the environment and the configuration file.

use std::fmt;
use std::path::PathBuf;

/// Something that the operator can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Setting {
    Listen,
    DataDir,
    RootKeyFile,
    PepperFile,
    PublicUrl,
    LogFormat,
    LogLevel,
    ImmichOrganization,
    ImmichSignUp,
}

/// Where a setting can be given, and what is said of it.
struct Facts {
    name: &'static str,
    flag: &'static str,
    variable: &'static str,
    value_name: &'static str,
    help: &'static str,
}

impl Setting {
    pub(crate) const ALL: [Self; 9] = [
        Self::Listen,
        Self::DataDir,
        Self::RootKeyFile,
        Self::PepperFile,
        Self::PublicUrl,
        Self::LogFormat,
        Self::LogLevel,
        Self::ImmichOrganization,
        Self::ImmichSignUp,
    ];

    /// Its key in the configuration file; a dot in it leads into a table.
    pub(crate) const fn name(self) -> &'static str {
        self.facts().name
    }

    /// Its flag, without the dashes before it.
    pub(crate) const fn flag(self) -> &'static str {
        self.facts().flag
    }

    /// Its environment variable.
    pub(crate) const fn variable(self) -> &'static str {
        self.facts().variable
    }

    /// What its value is called in the help.
    pub(crate) const fn value_name(self) -> &'static str {
        self.facts().value_name
    }

    /// Its line in the help.
    pub(crate) const fn help(self) -> &'static str {
        self.facts().help
    }

    /// Whether its value is a path, which in a configuration file is relative to that file.
    pub(crate) const fn is_path(self) -> bool {
        matches!(self, Self::DataDir | Self::RootKeyFile | Self::PepperFile)
    }

    const fn facts(self) -> Facts {
        match self {
            Self::Listen => Facts {
                name: "listen",
                flag: "listen",
                variable: "KEYWRIGHT_LISTEN",
                value_name: "ADDRESS",
                help: "Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080]",
            },
            Self::DataDir => Facts {
                name: "data_dir",
                flag: "data-dir",
                variable: "KEYWRIGHT_DATA_DIR",
                value_name: "DIR",
                help: "Where the database and the server's other files are [default: ./keywright-data]",
            },
            Self::RootKeyFile => Facts {
                name: "root_key_file",
                flag: "root-key-file",
                variable: "KEYWRIGHT_ROOT_KEY_FILE",
                value_name: "FILE",
                help: "Where a new root key is written [default: shown on a terminal, else <data-dir>/root-key]",
            },
            Self::PepperFile => Facts {
                name: "pepper_file",
                flag: "pepper-file",
                variable: "KEYWRIGHT_PEPPER_FILE",
                value_name: "FILE",
                help: "Where the pepper is, the secret that stored digests depend on [default: <data-dir>/pepper]",
            },
            Self::PublicUrl => Facts {
                name: "public_url",
                flag: "public-url",
                variable: "KEYWRIGHT_PUBLIC_URL",
                value_name: "URL",
                help: "How others reach this server, where that is not http://<listen>",
            },
            Self::LogFormat => Facts {
                name: "log_format",
                flag: "log-format",
                variable: "KEYWRIGHT_LOG_FORMAT",
                value_name: "FORMAT",
                help: "How the log is written: text or json [default: text]",
            },
            Self::LogLevel => Facts {
                name: "log_level",
                flag: "log-level",
                variable: "KEYWRIGHT_LOG_LEVEL",
                value_name: "LEVEL",
                help: "What is logged: error, warn, info, debug, trace, off, or a filter such as \
                       info,keywright_engine=debug [default: info]",
            },
            Self::ImmichOrganization => Facts {
                name: "dialects.immich.organization",
                flag: "dialects-immich-organization",
                variable: "KEYWRIGHT_DIALECTS_IMMICH_ORGANIZATION",
                value_name: "ORGANIZATION",
                help: "Whose people and keys the Immich API at /api is about: an organization's slug, number or id \
                       [default: default]",
            },
            Self::ImmichSignUp => Facts {
                name: "dialects.immich.sign_up",
                flag: "dialects-immich-sign-up",
                variable: "KEYWRIGHT_DIALECTS_IMMICH_SIGN_UP",
                value_name: "WHO",
                help: "Who may become the first admin through the Immich API: loopback (this machine, or the set-up \
                       token) or open (anybody) [default: loopback]",
            },
        }
    }
}

/// A value as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) value: String,
    pub(crate) origin: Origin,
}

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag(Setting),
    Variable(Setting),
    File { path: PathBuf, line: usize },
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(setting) => write!(f, "--{}", setting.flag()),
            Self::Variable(setting) => f.write_str(setting.variable()),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_has_one_name_in_three_spellings() {
        for setting in Setting::ALL {
            assert_eq!(setting.flag(), setting.name().replace(['_', '.'], "-"));
            let name = setting.name().replace('.', "_").to_uppercase();
            assert_eq!(setting.variable(), format!("KEYWRIGHT_{name}"));
        }
    }

    #[test]
    fn every_setting_is_documented() {
        let document = include_str!("../../../../docs/configuration.md");
        for setting in Setting::ALL {
            let row = format!("| `--{}` | `{}` | `{}` |", setting.flag(), setting.variable(), setting.name());
            assert!(document.contains(&row), "docs/configuration.md has no row {row}");
        }
    }
}
