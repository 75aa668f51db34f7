//! How keys are used, in charts and tables.

mod counted;
mod outcomes;
mod range;

pub(super) use counted::Counted;
pub(super) use outcomes::outcome;
pub(super) use range::Range;
