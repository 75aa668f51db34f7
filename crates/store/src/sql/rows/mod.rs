//! Each table: its columns, how a row becomes a record, and how a record is written.

pub(crate) mod audit_events;
pub(crate) mod credits;
pub(crate) mod idempotency;
pub(crate) mod identities;
pub(crate) mod keys;
pub(crate) mod link_tokens;
pub(crate) mod members;
pub(crate) mod organizations;
pub(crate) mod permissions;
pub(crate) mod portal_sessions;
pub(crate) mod roles;
pub(crate) mod secrets;
pub(crate) mod service_accounts;
pub(crate) mod sessions;
pub(crate) mod signing_keys;
pub(crate) mod users;
