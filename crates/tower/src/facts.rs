//! What a handler may know of the key that a request came with.

use std::ops::Deref;
use std::sync::Arc;

use keywright_engine::VerifiedKey;

/// The facts of a key that was let in: its id, name, owner, customer, metadata. In the request's extensions.
///
/// What it may do is its [`scope`](VerifiedKey::scope), word by word; its [`permissions`](VerifiedKey::permissions) hold
/// only as far as its [`verbs`](VerifiedKey::verbs) go.
#[derive(Debug, Clone)]
pub struct KeyFacts(pub(crate) Arc<VerifiedKey>);

impl Deref for KeyFacts {
    type Target = VerifiedKey;

    fn deref(&self) -> &VerifiedKey {
        &self.0
    }
}
