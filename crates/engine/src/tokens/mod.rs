//! Offline tokens: short-lived statements about a key, signed, that others check without asking here; and introspection,
//! which tells of a key or of such a token whether it is in force (RFC 7662).

mod claims;
mod introspect;
mod issue;
mod issuer;
mod scope;

use std::time::Duration;

pub use introspect::{ActiveToken, IntrospectRequest};
pub use issue::{IssuedToken, TokenDraft};
pub use issuer::Issuer;
pub(crate) use scope::scope;

/// What handles in tokens are sealed under is derived from the pepper by this name.
pub(crate) const HANDLES: &str = "keywright: handles of secrets in tokens, v1";

/// The longest life of a token: revocation does not reach one that is issued.
pub(crate) const MAX_TTL: Duration = Duration::from_hours(1);

/// The longest token, in bytes: with other headers it stays within the 8 KiB that servers commonly take.
const MAX_TOKEN_BYTES: usize = 4096;
