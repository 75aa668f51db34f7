//! Values as the API spells them. Conversions only: what a value may be is the engine's to say.

mod limits;
mod list;
mod patch;
mod time;
mod verb;

pub(super) use limits::{Credits, RateLimit, to_domain};
pub(super) use list::List;
pub(super) use patch::Patch;
pub(super) use time::Time;
pub(super) use verb::{Verb, verbs_of};
