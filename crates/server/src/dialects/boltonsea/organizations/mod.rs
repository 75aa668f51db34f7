//! `/organizations`: those that the caller belongs to.

mod create;
mod delete;
mod get;
mod list;
mod object;
mod update;

pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use get::get;
pub(super) use list::list;
pub(super) use update::update;
