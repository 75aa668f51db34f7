//! `/api/api-keys`: the caller's own keys.

mod create;
mod delete;
mod get;
mod list;
mod me;
mod object;
mod update;

pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use get::get;
pub(super) use list::list;
pub(super) use me::me;
pub(super) use update::update;
