//! What the tests stand on: an installation of the server, the server itself, a client, a terminal, a dice.

mod client;
mod deadline;
mod dice;
mod installation;
mod oidc_provider;
mod redis;
mod server;
mod terminal;

pub(crate) use client::{Answer, Client};
pub(crate) use deadline::Deadline;
pub(crate) use dice::Dice;
pub(crate) use installation::Installation;
pub(crate) use oidc_provider::OidcProvider;
pub(crate) use redis::Redis;
pub(crate) use server::Server;
pub(crate) use terminal::Terminal;

use std::process::{Command, Output};

/// Standard error of a finished command, as text.
pub(crate) fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Standard output of a finished command, as text.
pub(crate) fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Fails unless a program that a test needs is here.
pub(crate) fn require_program(name: &str) {
    let found = Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
    assert!(found, "this test needs the program `{name}`, and it is not here: install it");
}
