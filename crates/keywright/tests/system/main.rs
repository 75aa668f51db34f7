//! The whole system: the real binary, started on a free port with a fresh data directory, and spoken to as its operator
//! and its clients would.

mod harness;

mod backup;
mod catalogue;
mod check_config;
mod crash;
mod credits;
mod documents;
mod exclusive;
mod first_key;
mod first_start;
mod gateways;
mod guesses;
mod http2;
mod limits;
mod log;
mod oidc;
mod password_link;
mod proxy_protocol;
mod readme;
mod reload;
mod root_key;
mod setup_link;
mod shutdown;
mod signing_keys;
mod story;
mod usage;
mod wire;
