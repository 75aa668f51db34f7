//! Values as this dialect spells them. Conversions only: what a value may be is the engine's to say.

mod integer;
mod path_integer;
mod scope;
mod time;

pub(super) use integer::Integer;
pub(super) use path_integer::PathInteger;
pub(super) use scope::{Scope, words_of};
pub(super) use time::in_offset;
