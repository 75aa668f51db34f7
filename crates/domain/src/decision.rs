//! The decision: may this key do this, now?

use std::net::IpAddr;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::allowlist::IpAllowlist;
use crate::catalogue::Catalogue;
use crate::compiled::{CompiledAccess, DemandedPermission};
use crate::permission::{PermissionError, Verb};
use crate::time::Timestamp;

/// Permissions that are demanded: mostly one or two, for which nothing is allocated.
pub type DemandedPermissions<'a> = SmallVec<[DemandedPermission<'a>; 2]>;

/// What is demanded of a key. With nothing demanded, any key that is in force will do.
#[derive(Debug, Clone, Default)]
pub struct Demand<'a> {
    /// Permissions that are all needed.
    pub all: DemandedPermissions<'a>,
    /// Permissions of which one is needed; none given: nothing more is needed.
    pub any: DemandedPermissions<'a>,
    /// A verb that some permission of the key must have: a demand by HTTP method alone.
    pub verb: Option<Verb>,
    /// Where the use comes from, if that is known.
    pub address: Option<IpAddr>,
}

/// A demand that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DemandError {
    /// A permission that cannot be read.
    #[error("{0}")]
    Permission(PermissionError),
    /// A pattern where one permission is needed.
    #[error("must be one permission, not a pattern: ask for `asset.read`, not `asset.*`")]
    PatternDemanded,
}

/// Where a key's owner stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// In force.
    Active,
    /// Disabled; can be enabled again.
    Disabled,
    /// Deleted, no longer a member, or not one yet.
    Gone,
}

/// All that a decision about one key needs.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// When the key was, or its presented secret is to be, out of force for good.
    pub revoked_at: Option<Timestamp>,
    /// Whether the key is switched on.
    pub enabled: bool,
    /// Where its owner stands.
    pub owner: Owner,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// Where it may be used from.
    pub allowlist: &'a IpAllowlist,
    /// What it was granted, within its verbs.
    pub grants: &'a CompiledAccess,
    /// What its owner may do.
    pub ceiling: &'a CompiledAccess,
    /// The organization's catalogue.
    pub catalogue: &'a Arc<Catalogue>,
}

/// Why a key is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// No key of any kind looks like this; nothing was looked up.
    Malformed,
    /// No such key, or another organization's.
    NotFound,
    /// The key, or the presented secret of it, was revoked.
    Revoked {
        /// Since when.
        at: Timestamp,
    },
    /// The key is switched off.
    KeyDisabled,
    /// The key's owner is disabled or gone.
    OwnerInactive,
    /// The key has expired.
    Expired {
        /// Since when.
        at: Timestamp,
    },
    /// The key may not be used from this address.
    IpNotAllowed,
    /// The key lacks something that is demanded.
    InsufficientPermissions {
        /// The permissions it lacks, as they were spelt; empty when it lacks the verb.
        missing: Vec<String>,
    },
}

impl Denial {
    /// The code on the wire.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "MALFORMED",
            Self::NotFound => "NOT_FOUND",
            Self::Revoked { .. } => "REVOKED",
            Self::KeyDisabled | Self::OwnerInactive => "DISABLED",
            Self::Expired { .. } => "EXPIRED",
            Self::IpNotAllowed => "IP_NOT_ALLOWED",
            Self::InsufficientPermissions { .. } => "INSUFFICIENT_PERMISSIONS",
        }
    }
}

/// Decides whether a key that was found may do what is demanded at `now`.
///
/// The checks stand in the order of the contract, and the first that fails is the answer: REVOKED, DISABLED,
/// EXPIRED, `IP_NOT_ALLOWED`, `INSUFFICIENT_PERMISSIONS`. (MALFORMED and `NOT_FOUND` come before there is a record;
/// credits and limits come after, since a refused use must not use up any.)
#[inline]
pub fn decide(standing: &Standing<'_>, demand: &Demand<'_>, now: Timestamp) -> Result<(), Denial> {
    if let Some(at) = standing.revoked_at.filter(|at| at.has_passed(now)) {
        return Err(Denial::Revoked { at });
    }
    if !standing.enabled {
        return Err(Denial::KeyDisabled);
    }
    if standing.owner != Owner::Active {
        return Err(Denial::OwnerInactive);
    }
    if let Some(at) = standing.expires_at.filter(|at| at.has_passed(now)) {
        return Err(Denial::Expired { at });
    }
    if !standing.allowlist.allows(demand.address) {
        return Err(Denial::IpNotAllowed);
    }
    let allows = |demanded: &DemandedPermission<'_>| {
        standing.grants.allows(standing.ceiling, demanded, standing.catalogue)
    };
    let mut missing: Vec<String> = Vec::new();
    // Most often nothing is missing: a loop looks and is done, where extending by an iterator prepares for more.
    for demanded in &demand.all {
        if !allows(demanded) {
            missing.push(demanded.spelling().to_owned());
        }
    }
    if !demand.any.is_empty() && !demand.any.iter().any(allows) {
        missing.extend(demand.any.iter().map(|d| d.spelling().to_owned()));
    }
    let verb_held = demand
        .verb
        .is_none_or(|verb| standing.grants.allows_verb(standing.ceiling, verb, standing.catalogue));
    if missing.is_empty() && verb_held { Ok(()) } else { Err(Denial::InsufficientPermissions { missing }) }
}
