//! Rate limits that all keys of an owner share.

use keywright_domain::{RateLimit, Right};
use keywright_store::KeyOwner;
use serde_json::Value;

use crate::actor::Actor;
use crate::error::Error;
use crate::keys::require_unmetered;

/// Refuses a caller that would change the limits that it is bound by: a service account's are others' to change, and a
/// member changes their own only where they manage everybody's keys. Nor does a key that has limits itself change any
/// without `apiKey.manage`.
pub(super) fn require_may_limit(actor: &Actor, owner: KeyOwner) -> Result<(), Error> {
    if actor.principal() == owner {
        match owner {
            KeyOwner::ServiceAccount(_) => {
                return Err(Error::forbidden("a service account does not change its own rate limits"));
            }
            KeyOwner::User(_) => actor.require(Right::ApiKeyManage)?,
        }
    }
    require_unmetered(actor)
}

/// Limits as the audit log tells them.
pub(super) fn audited_limits(limits: &[RateLimit]) -> Value {
    serde_json::to_value(limits).expect("limits can be written as JSON")
}
