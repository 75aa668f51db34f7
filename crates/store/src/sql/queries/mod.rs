//! What can be asked for.

pub(crate) mod audit_events;
pub(crate) mod key_glance;
pub(crate) mod key_list;
mod key_walk;
pub(crate) mod keys;
pub(crate) mod members;
pub(crate) mod organizations;
mod page;
pub(crate) mod portal_sessions;
pub(crate) mod requests;
pub(crate) mod roles;
pub(crate) mod service_accounts;
pub(crate) mod usage;
pub(crate) mod users;
