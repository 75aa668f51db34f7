//! Permissions: what a key may do, as words, as patterns and as verbs.

mod pattern;
mod verb;
mod word;

pub use pattern::Pattern;
pub use verb::{Verb, VerbSet};
pub(crate) use word::MAX_CHARS;
pub use word::{Permission, PermissionError};
