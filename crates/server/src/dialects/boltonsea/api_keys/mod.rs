//! `/api_keys`: the keys of the authenticated user.

mod create;
mod delete;
mod get;
mod list;
mod object;

pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use get::get;
pub(super) use list::list;
