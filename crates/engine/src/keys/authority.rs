//! No grant beyond the granter's effective access: the rules that every way of making, widening or handing out a key
//! goes through.

use keywright_domain::{Access, KeyId, Permission, Right, ServiceAccountId, Term, UserId, VerbSet};
use keywright_store::{KeyOwner, KeyRecord, StoredGrants};

use super::no_such_key;
use crate::actor::{Actor, Credential};
use crate::error::Error;
use crate::index::{OwnerState, PolicySource};

/// Refuses keys out of the caller's reach (their own, or with `apiKey.manage` everybody's) as if they were not there.
pub(super) fn require_reach(actor: &Actor, owner: KeyOwner) -> Result<(), Error> {
    if actor.principal() == owner || actor.reaches_all_keys() { Ok(()) } else { Err(no_such_key()) }
}

/// The same of one key. In the portal a customer's own are those alone that were made there by them, and are theirs still.
pub(crate) fn require_key_reach(actor: &Actor, key: &KeyRecord) -> Result<(), Error> {
    match actor.portal() {
        Some(portal) if !portal.made(key) => Err(no_such_key()),
        _ => require_reach(actor, key.owner),
    }
}

/// Whose keys a list may tell of: of those of the owner that is asked for, or of everybody's, those within the caller's
/// reach. `Err`: none.
pub(crate) fn owner_within_reach(
    actor: &Actor,
    service_account: Option<ServiceAccountId>,
    user: Option<UserId>,
) -> Result<Option<KeyOwner>, OutOfReach> {
    let asked = match (service_account.map(KeyOwner::ServiceAccount), user.map(KeyOwner::User)) {
        // A key has one owner.
        (Some(_), Some(_)) => return Err(OutOfReach),
        (owner, None) | (None, owner) => owner,
    };
    if actor.reaches_all_keys() {
        Ok(asked)
    } else if asked.is_none_or(|asked| asked == actor.principal()) {
        Ok(Some(actor.principal()))
    } else {
        Err(OutOfReach)
    }
}

/// No key of these is within the caller's reach.
pub(crate) struct OutOfReach;

/// Refuses to give a key an access that is not within the caller's.
///
/// One exception: a session of the Immich dialect writes down what it likes for its own keys. What such a key can do
/// is bounded by its owner's ceiling, which is the session's own.
pub(super) fn require_may_grant(actor: &Actor, wanted: &Access) -> Result<(), Error> {
    if actor.is_immich_session() { Ok(()) } else { require_within(actor, wanted) }
}

/// What a key's grants amount to: for "what its owner has", what the owner has now; else what is listed, whether or
/// not its owner has it yet.
pub(super) fn granted(key: &KeyRecord, owner: &OwnerState) -> Access {
    match key.grants {
        StoredGrants::Owner => owner.ceiling().access.meet(&Access::everything().with_verbs(key.verbs)),
        StoredGrants::Listed(_) => PolicySource::of(key).access(&owner.organization),
    }
}

/// Refuses an access that is not within the caller's.
pub(crate) fn require_within(actor: &Actor, wanted: &Access) -> Result<(), Error> {
    let held = actor.access();
    if !held.verbs().covers(wanted.verbs()) {
        let lacking: Vec<&str> = wanted
            .verbs()
            .iter()
            .filter(|verb| !held.verbs().contains(*verb))
            .map(keywright_domain::Verb::as_str)
            .collect();
        return Err(Error::BeyondGranter {
            message: format!(
                "nobody grants what they lack: this credential does not have {}",
                lacking.join(", ")
            ),
            missing: Vec::new(),
        });
    }
    match held.first_uncovered(wanted) {
        None => Ok(()),
        Some(term) => {
            let lacking = term.pattern().to_string();
            Err(Error::BeyondGranter {
                message: format!("nobody grants what they lack: this credential does not have {lacking}"),
                missing: vec![lacking],
            })
        }
    }
}

/// Refuses a list of permissions that is not within the caller's, with every verb: what a service account's ceiling
/// and a role need.
pub(crate) fn require_permissions_within(actor: &Actor, permissions: &[Permission]) -> Result<(), Error> {
    require_within(actor, &Access::of_permissions(permissions, VerbSet::ALL, true))
}

/// Refuses to change a list of permissions to one that is neither less than before nor within the caller's.
pub(crate) fn require_narrower_or_within(
    actor: &Actor,
    before: &[Permission],
    after: &[Permission],
) -> Result<(), Error> {
    let access = |permissions: &[Permission]| Access::of_permissions(permissions, VerbSet::ALL, true);
    if access(before).covers(&access(after)) { Ok(()) } else { require_permissions_within(actor, after) }
}

/// Refuses a key that would outlast, or work outside, the credential that hands it out.
pub(super) fn require_no_looser_than(actor: &Actor, key: &KeyRecord) -> Result<(), Error> {
    if let Some(end) = actor.expires_at()
        && key.expires_at.is_none_or(|expires_at| expires_at > end)
    {
        return Err(Error::forbidden(format!(
            "a key cannot outlast the one that makes it: expiresAt must be {end} or earlier"
        )));
    }
    if !actor.allowlist().covers(&key.allowlist) {
        return Err(Error::forbidden(
            "a key cannot work from addresses that the one that makes it cannot work from",
        ));
    }
    Ok(())
}

/// Refuses a limited or metered credential that would hand out one with other limits, or lift its own.
pub(crate) fn require_unmetered(actor: &Actor) -> Result<(), Error> {
    if actor.is_metered() && !actor.has(Right::ApiKeyManage) {
        return Err(Error::forbidden(
            "a key with rate limits or credits needs apiKey.manage to make keys or to change limits and credits",
        ));
    }
    Ok(())
}

/// Refuses to hand out a new secret of a key that can do more than the caller, lasts longer, works elsewhere, or is
/// not metered as the caller is. A key may be handed its own new secret, unless it is shown by a secret that a rotation
/// replaced: whoever holds that one must not cut off the holder of the new one.
pub(super) fn require_may_hand_out(actor: &Actor, key: &KeyRecord, owner: &OwnerState) -> Result<(), Error> {
    if is_own(actor, key.id) {
        return Ok(());
    }
    require_within(actor, &granted(key, owner))?;
    require_no_looser_than(actor, key)?;
    require_unmetered(actor)
}

/// Refuses a key that is shown by a secret that a rotation replaced, and would end or lessen itself: whoever holds that
/// secret must not cut off the holder of the new one.
pub(super) fn require_not_replaced(actor: &Actor, key: KeyId) -> Result<(), Error> {
    match actor.credential() {
        Credential::Key { id, is_superseded: true, .. } if *id == key => Err(replaced_secret()),
        _ => Ok(()),
    }
}

/// The same where it is not known beforehand which keys are meant.
pub(super) fn require_no_replaced_secret(actor: &Actor) -> Result<(), Error> {
    match actor.credential() {
        Credential::Key { is_superseded: true, .. } => Err(replaced_secret()),
        _ => Ok(()),
    }
}

fn replaced_secret() -> Error {
    Error::forbidden("a rotation replaced the secret that was shown: this needs the key's new one")
}

/// Whether the caller is this very key, by a secret that is in force.
pub(super) fn is_own(actor: &Actor, key: KeyId) -> bool {
    matches!(actor.credential(), Credential::Key { id, is_superseded: false, .. } if *id == key)
}

/// The grants of a key whose permissions were left out: what its owner has, if the caller has all of that; else a
/// copy of what the caller has.
pub(super) fn inherited_grants(
    actor: &Actor,
    owner: &OwnerState,
    verbs: VerbSet,
) -> Result<StoredGrants, Error> {
    let held = actor.access();
    let of_owner = owner.ceiling().access.with_verbs(verbs);
    if held.covers(&of_owner) {
        return Ok(StoredGrants::Owner);
    }
    // A pattern that stops short of the management permissions cannot be written down as a permission: as one, it
    // would reach them.
    let expressible = |term: &Term| Term::new(term.pattern().clone(), true).as_ref() == Some(term);
    if !held.terms().iter().all(expressible) {
        return Err(Error::invalid(
            "permissions",
            "must be given: this credential does not have all that the key's owner has, and what it has cannot be copied",
        ));
    }
    let permissions = held.terms().iter().map(|term| Permission::of_pattern(term.pattern().clone()));
    Ok(StoredGrants::Listed(permissions.collect()))
}
