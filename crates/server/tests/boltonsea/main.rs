//! The `BoltonSea` dialect, as its clients see it.

#[path = "../harness/mod.rs"]
mod harness;

mod api_keys;
mod bad_input;
mod client;
mod organizations;
mod scopes;
