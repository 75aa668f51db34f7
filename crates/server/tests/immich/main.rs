//! The Immich dialect: what its contract documents, route by route and rule by rule.

#[path = "../harness/mod.rs"]
mod harness;

mod authorization;
mod catalogue;
mod credentials;
mod hostile;
mod keys;
mod neighbours;
mod people;
mod photo_server;
mod sign_up;
mod validation;
