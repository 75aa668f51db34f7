//! The binary: reads the command line and the configuration, wires the parts together, and ends them in good order.
//!
//! It decides nothing about keys and knows no route; it owns what belongs to the process: the data directory and its
//! lock, the pepper's file, where new secrets go, the log, the listening socket and the signals.

mod backup;
mod banner;
mod catalogue_file;
mod catalogue_import;
mod cli;
mod config;
mod connections;
mod data_dir;
mod delivery;
mod logging;
mod offline;
mod open_files;
mod parts;
mod password_link;
mod patience;
mod patient_stream;
mod peers;
mod pepper;
mod proxy_protocol;
mod reload;
mod restore;
mod root_key;
mod secret_file;
mod serve;
mod setup_link;
mod shutdown;
mod signing_keys;
mod stop;
mod terminal;

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::Invocation;
use crate::config::Config;

fn main() -> ExitCode {
    match run(cli::invocation()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::print_error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(invocation: Invocation) -> Result<()> {
    match invocation {
        Invocation::Serve(settings) => serve::run(settings),
        Invocation::CheckConfig(settings) => {
            let config = Config::resolve(settings)?;
            Ok(terminal::print(&format!("{}ok\n", config.to_toml()))?)
        }
        Invocation::Version => Ok(terminal::print(concat!("keywright ", env!("CARGO_PKG_VERSION"), "\n"))?),
        Invocation::ResetRootKey(settings) => root_key::reset(&Config::resolve(settings)?),
        Invocation::ResetSetupLink(settings) => setup_link::reset(&Config::resolve(settings)?),
        Invocation::MakePasswordLink { email, settings } => {
            password_link::make(&email, &Config::resolve(settings)?)
        }
        Invocation::ListSigningKeys(settings) => signing_keys::list(&Config::resolve(settings)?),
        Invocation::RotateSigningKeys { withdraw, settings } => {
            signing_keys::rotate(&Config::resolve(settings)?, withdraw)
        }
        Invocation::ImportCatalogue { file, organization, agreed, settings } => {
            catalogue_import::run(&file, &organization, agreed, &Config::resolve(settings)?)
        }
        Invocation::Backup { file, settings } => backup::run(&file, &Config::resolve(settings)?),
        Invocation::Restore { file, keys, settings } => {
            restore::run(&file, keys, &Config::resolve(settings)?)
        }
    }
}
