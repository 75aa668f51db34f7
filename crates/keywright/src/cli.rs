//! The command line: what can be typed, and what it asks for.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::config::{Given, Origin, Setting, Settings, Value};

/// What a command line asks for.
#[derive(Debug)]
pub(crate) enum Invocation {
    /// Run the server.
    Serve(Settings),
    /// Say whether the configuration is right.
    CheckConfig(Settings),
    /// Say which version this is.
    Version,
    /// Make another root key.
    ResetRootKey(Settings),
    /// Make another set-up link.
    ResetSetupLink(Settings),
    /// Make a link by which somebody chooses a new password.
    MakePasswordLink { email: String, settings: Settings },
    /// Show the keys that sign offline tokens.
    ListSigningKeys(Settings),
    /// Make another one.
    RotateSigningKeys { withdraw: bool, settings: Settings },
    /// Declare an organization's permissions.
    ImportCatalogue { file: PathBuf, organization: String, agreed: bool, settings: Settings },
    /// Copy the database.
    Backup { file: PathBuf, settings: Settings },
    /// Put a copy in the database's place.
    Restore { file: PathBuf, keys: RestoredKeys, settings: Settings },
}

/// What becomes of the keys that a backup brings back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RestoredKeys {
    /// They work as they did when the backup was made.
    Keep,
    /// None works until it is enabled again.
    Disable,
}

const ABOUT: &str = "Keywright issues, scopes, verifies and revokes API keys";

const WHY_KEYS: &str = "the choice `--keys keep` or `--keys disable` is missing\n\n\
    A backup brings every key back as it was when the backup was made: a key that was revoked, disabled or \
    rotated since then would work again.\n\n\
    \x20 --keys keep     the keys work as they did then\n\
    \x20 --keys disable  every key is disabled; make a root key with `keywright root-key reset` and enable the \
    keys that you still trust";

/// Reads the command line and the environment; ends the process for help and for what cannot be understood.
pub(crate) fn invocation() -> Invocation {
    parse(std::env::args_os()).unwrap_or_else(|error| error.exit())
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Invocation, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(arguments)?;
    let (name, matches) = matches.subcommand().expect("clap asks for a command");
    Ok(match name {
        "serve" => Invocation::Serve(settings(matches)),
        "check-config" => Invocation::CheckConfig(settings(matches)),
        "version" => Invocation::Version,
        "root-key" => {
            let (_, matches) = matches.subcommand().expect("clap asks for a command");
            Invocation::ResetRootKey(settings(matches))
        }
        "setup-link" => {
            let (_, matches) = matches.subcommand().expect("clap asks for a command");
            Invocation::ResetSetupLink(settings(matches))
        }
        "password-link" => Invocation::MakePasswordLink {
            email: matches.get_one::<String>("email").expect("clap requires it").clone(),
            settings: settings(matches),
        },
        "signing-keys" => {
            let (name, matches) = matches.subcommand().expect("clap asks for a command");
            if name == "rotate" {
                let withdraw = matches.get_flag("withdraw");
                Invocation::RotateSigningKeys { withdraw, settings: settings(matches) }
            } else {
                Invocation::ListSigningKeys(settings(matches))
            }
        }
        "catalogue" => {
            let (_, matches) = matches.subcommand().expect("clap asks for a command");
            Invocation::ImportCatalogue {
                file: file(matches),
                organization: matches.get_one::<String>("organization").expect("it has a default").clone(),
                agreed: matches.get_flag("yes"),
                settings: settings(matches),
            }
        }
        "backup" => Invocation::Backup { file: file(matches), settings: settings(matches) },
        "restore" => {
            let keys = match matches.get_one::<String>("keys").map(String::as_str) {
                Some("keep") => RestoredKeys::Keep,
                Some("disable") => RestoredKeys::Disable,
                _ => {
                    let restore = command.find_subcommand_mut("restore").expect("it was typed");
                    return Err(restore.error(ErrorKind::MissingRequiredArgument, WHY_KEYS));
                }
            };
            Invocation::Restore { file: file(matches), keys, settings: settings(matches) }
        }
        _ => unreachable!("clap knows no other command"),
    })
}

fn command() -> Command {
    use Setting::{DataDir, Listen, PepperFile, PublicUrl, RootKeyFile};
    Command::new("keywright")
        .about(ABOUT)
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with_settings(Command::new("serve").about("Run the server"), &Setting::ALL))
        .subcommand(with_settings(
            Command::new("check-config")
                .about("Print the configuration that `serve` would run with, or all that is wrong with it"),
            &Setting::ALL,
        ))
        .subcommand(Command::new("version").about("Print the version"))
        .subcommand(
            Command::new("root-key")
                .about("Manage the root key")
                .subcommand_required(true)
                .arg_required_else_help(true)
                .subcommand(with_settings(
                    Command::new("reset")
                        .about("Make a new root key and revoke the earlier ones; the server must be stopped"),
                    &[DataDir, RootKeyFile, PepperFile],
                )),
        )
        .subcommand(
            Command::new("setup-link")
                .about("Manage the link that sets the server up")
                .subcommand_required(true)
                .arg_required_else_help(true)
                .subcommand(with_settings(
                    Command::new("reset")
                        .about("Make a new set-up link and void the earlier one; the server must be stopped"),
                    &[DataDir, PepperFile, Listen, PublicUrl],
                )),
        )
        .subcommand(with_settings(
            Command::new("password-link")
                .about("Make a link by which somebody who lost their password chooses another; the server must be stopped")
                .arg(Arg::new("email").value_name("EMAIL").required(true).help("The e-mail address of the person")),
            &[DataDir, PepperFile, Listen, PublicUrl],
        ))
        .subcommand(signing_keys())
        .subcommand(
            Command::new("catalogue")
                .about("Manage an organization's permission catalogue")
                .subcommand_required(true)
                .arg_required_else_help(true)
                .subcommand(with_settings(
                    Command::new("import")
                        .about("Declare the permissions of a file; the server must be stopped")
                        .arg(file_argument("TOML: [[permissions]] with name, verb and description"))
                        .arg(
                            Arg::new("organization")
                                .long("organization")
                                .value_name("SLUG|NUMBER|ID")
                                .default_value("default")
                                .help("Whose catalogue it is"),
                        )
                        .arg(
                            Arg::new("yes")
                                .long("yes")
                                .action(ArgAction::SetTrue)
                                .help("Change verbs too, whichever keys that touches"),
                        ),
                    &[DataDir, PepperFile],
                )),
        )
        .subcommand(with_settings(
            Command::new("backup")
                .about("Copy the database to a file, while the server runs or not")
                .arg(file_argument("The file to write; it must not exist yet")),
            &[DataDir, PepperFile],
        ))
        .subcommand(with_settings(
            Command::new("restore")
                .about("Put a backup in the place of the database; the server must be stopped")
                .arg(file_argument("The backup"))
                .arg(
                    Arg::new("keys")
                        .long("keys")
                        .value_name("keep|disable")
                        .value_parser(PossibleValuesParser::new(["keep", "disable"]))
                        .hide_possible_values(true)
                        .help(
                            "Whether the backup's keys work as they did then, those revoked since included, \
                             or are all disabled; required",
                        ),
                ),
            &[DataDir, PepperFile],
        ))
}

fn signing_keys() -> Command {
    let settings = [Setting::DataDir, Setting::PepperFile];
    Command::new("signing-keys")
        .about("Manage the keys that sign offline tokens")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with_settings(
            Command::new("list").about("Show the keys that are published; the server must be stopped"),
            &settings,
        ))
        .subcommand(with_settings(
            Command::new("rotate")
                .about("Make another key, which signs an hour later; the server must be stopped")
                .arg(
                    Arg::new("withdraw")
                        .long("withdraw")
                        .action(ArgAction::SetTrue)
                        .help("It signs at once, and all earlier ones are forgotten: their tokens fail"),
                ),
            &settings,
        ))
}

fn with_settings(command: Command, settings: &[Setting]) -> Command {
    let config = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .env("KEYWRIGHT_CONFIG")
        .hide_env_values(true)
        .value_parser(value_parser!(PathBuf))
        .help("Configuration file (TOML)");
    let flags = settings.iter().map(|setting| {
        Arg::new(setting.name())
            .long(setting.flag())
            .value_name(setting.value_name())
            .env(setting.variable())
            // What is set there may be nobody else's business.
            .hide_env_values(true)
            .help(setting.help())
    });
    command.arg(config).args(flags)
}

fn file_argument(help: &'static str) -> Arg {
    Arg::new("file").value_name("FILE").required(true).value_parser(value_parser!(PathBuf)).help(help)
}

fn file(matches: &ArgMatches) -> PathBuf {
    matches.get_one::<PathBuf>("file").expect("clap requires it").clone()
}

fn settings(matches: &ArgMatches) -> Settings {
    let mut given = BTreeMap::new();
    for setting in Setting::ALL {
        // A command that does not have this setting has no such argument.
        let Ok(Some(value)) = matches.try_get_one::<String>(setting.name()) else { continue };
        let origin = match matches.value_source(setting.name()) {
            // `KEYWRIGHT_X=` is how much software says "not set".
            Some(ValueSource::EnvVariable) if value.is_empty() => continue,
            Some(ValueSource::EnvVariable) => Origin::Variable(setting),
            _ => Origin::Flag(setting),
        };
        given.insert(setting, Given { value: Value::typed(setting, value), origin });
    }
    let file = matches.get_one::<PathBuf>("config").filter(|path| !path.as_os_str().is_empty()).cloned();
    Settings { given, file }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &str) -> Result<Invocation, clap::Error> {
        parse(line.split(' ').map(OsString::from))
    }

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn flags_become_settings() {
        let Ok(Invocation::Serve(settings)) = typed("keywright serve --listen 1.2.3.4:5 --log-format json")
        else {
            panic!("serve is understood");
        };
        let given: Vec<_> =
            settings.given.values().map(|given| format!("{} {}", given.origin, given.value)).collect();
        assert_eq!(given, [r#"--listen "1.2.3.4:5""#, r#"--log-format "json""#]);
    }

    #[test]
    fn a_restore_says_why_it_wants_a_choice() {
        let error = typed("keywright restore a.db").unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("revoked"), "{error}");
        assert!(typed("keywright restore a.db --keys maybe").is_err());
        let chosen = typed("keywright restore a.db --keys disable");
        assert!(matches!(chosen, Ok(Invocation::Restore { keys: RestoredKeys::Disable, .. })));
    }

    #[test]
    fn no_command_shows_the_help() {
        let error = typed("keywright").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand);
        assert!(error.to_string().contains("check-config"), "{error}");
    }
}
