//! Who is calling, and what they may do.

use std::net::IpAddr;
use std::sync::Arc;

use keywright_domain::{
    Access, IpAllowlist, KeyId, MemberRole, OrganizationId, Right, SessionId, Timestamp, UserId,
};
use keywright_store::KeyOwner;

use crate::error::Error;
use crate::index::{OrganizationState, OwnerState, Policy};

/// Where a request comes from, for the audit log and the record of last use.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The client's address.
    pub(crate) address: Option<IpAddr>,
    /// Its User-Agent.
    pub(crate) agent: Option<String>,
    /// The request's id.
    pub(crate) request_id: Option<String>,
}

/// The longest User-Agent that is kept, in characters.
const MAX_AGENT_CHARS: usize = 256;

impl Origin {
    /// An origin. Of the User-Agent the first 256 characters are kept.
    pub fn new(address: Option<IpAddr>, agent: Option<&str>, request_id: Option<String>) -> Self {
        Self { address, agent: agent.map(|agent| agent.chars().take(MAX_AGENT_CHARS).collect()), request_id }
    }
}

/// What the caller showed.
#[derive(Debug, Clone)]
pub enum Credential {
    /// An API key.
    Key {
        /// Its id.
        id: KeyId,
        /// When it expires.
        expires_at: Option<Timestamp>,
        /// What it was given.
        policy: Arc<Policy>,
    },
    /// A signed-in session.
    Session {
        /// Its id.
        id: SessionId,
        /// Whether the password must be replaced before anything else.
        must_change_password: bool,
    },
}

/// An authenticated caller, acting in one organization.
#[derive(Debug, Clone)]
pub struct Actor {
    pub(crate) organization: Arc<OrganizationState>,
    pub(crate) owner: Arc<OwnerState>,
    pub(crate) credential: Credential,
    pub(crate) origin: Origin,
    /// `Idempotency-Key` of this request, with what it was sent to; see [`Actor::with_idempotency`].
    pub(crate) idempotency: Option<crate::idempotency::Idempotency>,
}

impl Actor {
    /// The organization that the caller acts in.
    pub fn organization_id(&self) -> OrganizationId {
        self.organization.id
    }

    /// The organization's number.
    pub fn organization_number(&self) -> i64 {
        self.organization.number
    }

    /// The person or service account.
    pub fn principal(&self) -> KeyOwner {
        self.owner.owner
    }

    /// What the caller showed.
    pub const fn credential(&self) -> &Credential {
        &self.credential
    }

    /// Where the request comes from.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The person behind it, if it is one.
    pub fn user(&self) -> Option<UserId> {
        match self.principal() {
            KeyOwner::User(user) => Some(user),
            KeyOwner::ServiceAccount(_) => None,
        }
    }

    /// The person's role in the organization, if it is a person.
    pub fn member_role(&self) -> Option<MemberRole> {
        self.owner.ceiling().role
    }

    /// The key that was shown, if one was.
    pub fn key_id(&self) -> Option<KeyId> {
        match &self.credential {
            Credential::Key { id, .. } => Some(*id),
            Credential::Session { .. } => None,
        }
    }

    /// Whether a management permission is held now.
    pub fn has(&self, right: Right) -> bool {
        let ceiling = self.owner.ceiling();
        match &self.credential {
            Credential::Key { policy, .. } => policy.compiled().allows_right(&ceiling.compiled, right),
            Credential::Session { must_change_password, .. } => {
                !must_change_password && ceiling.compiled.allows_right(&ceiling.compiled, right)
            }
        }
    }

    /// Refuses a caller that lacks a management permission, or whose password is still somebody else's.
    pub fn require(&self, right: Right) -> Result<(), Error> {
        self.require_own_password()?;
        if self.has(right) {
            return Ok(());
        }
        let name = right.name();
        Err(Error::Forbidden {
            message: format!("this needs the permission {name}"),
            missing: vec![name.to_owned()],
        })
    }

    /// Refuses a session whose password was set by somebody else and not replaced yet.
    pub fn require_own_password(&self) -> Result<(), Error> {
        match &self.credential {
            Credential::Session { must_change_password: true, .. } => {
                Err(Error::forbidden("the password was set by somebody else: replace it first"))
            }
            _ => Ok(()),
        }
    }

    /// All that the caller may do now: its grants within its owner's ceiling.
    pub fn access(&self) -> Access {
        let ceiling = self.owner.ceiling();
        match &self.credential {
            Credential::Key { policy, .. } => policy.access(&self.organization).meet(&ceiling.access),
            Credential::Session { .. } => ceiling.access.clone(),
        }
    }

    /// When the credential ends: nothing that the caller hands out may last longer.
    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        match &self.credential {
            Credential::Key { expires_at, .. } => *expires_at,
            Credential::Session { .. } => None,
        }
    }

    /// Where the credential works: nothing that the caller hands out may work anywhere else.
    pub(crate) fn allowlist(&self) -> IpAllowlist {
        match &self.credential {
            Credential::Key { policy, .. } => policy.source.allowlist.clone(),
            Credential::Session { .. } => IpAllowlist::default(),
        }
    }

    /// Whether the credential is itself limited or metered.
    pub(crate) fn is_metered(&self) -> bool {
        match &self.credential {
            Credential::Key { policy, .. } => policy.source.metered,
            Credential::Session { .. } => false,
        }
    }
}
