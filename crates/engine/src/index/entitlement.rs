//! What a key was given, together with whose it is.

use std::sync::Arc;

use super::{OwnerState, Policy};

/// A policy and an owner: one for all keys that have both in common, so that a key's record holds one pointer.
#[derive(Debug)]
pub(crate) struct Entitlement {
    /// What the key was given.
    pub(crate) policy: Arc<Policy>,
    /// Whose ceiling bounds it.
    pub(crate) owner: Arc<OwnerState>,
}
