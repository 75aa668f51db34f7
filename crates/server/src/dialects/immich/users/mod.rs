//! People: adding them, and who one is.

mod create;
mod me;
mod object;

pub(super) use create::create;
pub(super) use me::{me, oneself};
pub(super) use object::User;
