//! Who is calling, and what they may do.

use std::net::IpAddr;
use std::sync::Arc;

use keywright_domain::{
    Access, CompiledAccess, DemandedPermission, Digest, IpAllowlist, KeyId, MemberRole, OrganizationId,
    Owner, Permission, Right, SessionId, TimeZone, Timestamp, UserId,
};
use keywright_store::KeyOwner;

use crate::error::Error;
use crate::index::{HeldRights, OrganizationState, OwnerState, Policy};
use crate::portal::PortalCredential;

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
        Self { address, agent: agent.map(short_agent), request_id }
    }
}

/// The first characters of a User-Agent.
fn short_agent(agent: &str) -> String {
    let end = agent.char_indices().nth(MAX_AGENT_CHARS).map_or(agent.len(), |(at, _)| at);
    agent[..end].to_owned()
}

/// What the caller showed.
#[derive(Debug, Clone)]
pub enum Credential {
    /// An API key.
    Key {
        /// Its id.
        id: KeyId,
        /// What is stored of the secret that was shown.
        secret: Digest,
        /// When it stops: it expires, or the overlap of the rotation that replaced this secret ends.
        expires_at: Option<Timestamp>,
        /// Whether a rotation replaced the secret that was shown.
        is_superseded: bool,
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
    /// A customer's session of the portal. No surface ever holds such a caller: see [`crate::PortalVisitor`].
    Portal(Arc<PortalCredential>),
}

/// Whose rules about API keys a request is made under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Ours.
    House,
    /// A caller reaches the keys of its own owner alone, whatever it may do.
    OwnKeys,
    /// The Immich dialect's: own keys alone; a session needs no permission for them, and may write down more than it
    /// has, since its owner's ceiling bounds what the key can do.
    Immich,
}

/// An authenticated caller, acting in one organization.
#[derive(Debug, Clone)]
pub struct Actor {
    pub(crate) organization: Arc<OrganizationState>,
    pub(crate) owner: Arc<OwnerState>,
    pub(crate) credential: Credential,
    pub(crate) origin: Origin,
    /// `Idempotency-Key` of this request, with what it was sent to; see [`crate::Engine::with_idempotency`].
    pub(crate) idempotency: Option<crate::idempotency::Idempotency>,
    pub(crate) rules: Rules,
    /// Whether this is the first use of its key in this second.
    pub(crate) is_first_use: bool,
    /// What its key held when it was let in.
    pub(crate) rights: Option<HeldRights>,
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

    /// Where the organization's days begin.
    pub fn time_zone(&self) -> TimeZone {
        self.organization.settings().time_zone.clone()
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
            Credential::Session { .. } | Credential::Portal(_) => None,
        }
    }

    /// The same caller, reaching the keys of its own owner alone.
    #[must_use]
    pub fn with_own_keys_only(self) -> Self {
        Self { rules: Rules::OwnKeys, ..self }
    }

    /// The same caller under the rules of the Immich dialect: its own owner's keys alone; a session needs no permission
    /// for them and may write down any permission, its owner's ceiling bounding what the key can do.
    #[must_use]
    pub fn under_immich_rules(self) -> Self {
        Self { rules: Rules::Immich, ..self }
    }

    /// Whether it is a session under the Immich dialect's rules.
    pub(crate) fn is_immich_session(&self) -> bool {
        self.is_under_immich_rules() && matches!(self.credential, Credential::Session { .. })
    }

    /// Whether it came through the Immich dialect. There a revoked key is as good as unknown.
    pub(crate) fn is_under_immich_rules(&self) -> bool {
        self.rules == Rules::Immich
    }

    /// Whether it reaches the keys of everybody in the organization.
    pub(crate) fn reaches_all_keys(&self) -> bool {
        self.rules == Rules::House && self.has(Right::ApiKeyManage)
    }

    /// Whether the person behind it administers the organization.
    pub fn is_admin(&self) -> bool {
        self.member_role() >= Some(MemberRole::Admin)
    }

    /// Whether a permission of any kind, or `all`, is held now.
    pub fn holds(&self, permission: &str) -> bool {
        let catalogue = self.organization.catalogue();
        let Ok(demanded) = DemandedPermission::resolve(permission, &catalogue) else { return false };
        let ceiling = self.owner.ceiling();
        match &self.credential {
            Credential::Key { policy, .. } => {
                policy.compiled().allows(&ceiling.compiled, &demanded, &catalogue)
            }
            Credential::Session { .. } => ceiling.compiled.allows(&ceiling.compiled, &demanded, &catalogue),
            Credential::Portal(_) => {
                let access = CompiledAccess::new(&self.access(), &catalogue);
                access.allows(&ceiling.compiled, &demanded, &catalogue)
            }
        }
    }

    /// Whether it was given `all`, within whatever its owner may do.
    pub fn was_given_all(&self) -> bool {
        match &self.credential {
            Credential::Key { policy, .. } => policy.access(&self.organization).covers(&Access::everything()),
            Credential::Session { .. } => true,
            Credential::Portal(_) => false,
        }
    }

    /// Whether it is a key that holds this permission now and was given it spelt out, itself or in one of its roles:
    /// through no pattern.
    pub(crate) fn was_given_by_name(&self, permission: &str) -> bool {
        let Credential::Key { policy, .. } = &self.credential else { return false };
        let Ok(named) = permission.parse::<Permission>() else { return false };
        let given = policy.access(&self.organization);
        self.holds(permission)
            && given.terms().iter().any(|term| named.patterns() == [term.pattern().clone()])
    }

    /// Whether a management permission is held now.
    pub fn has(&self, right: Right) -> bool {
        if let Some(held) = self.rights.and_then(|rights| rights.contains(right, &self.organization)) {
            return held;
        }
        let ceiling = self.owner.ceiling();
        if ceiling.state != Owner::Active {
            return false;
        }
        match &self.credential {
            Credential::Key { policy, .. } => policy.compiled().allows_right(&ceiling.compiled, right),
            Credential::Session { must_change_password, .. } => {
                !must_change_password && ceiling.compiled.allows_right(&ceiling.compiled, right)
            }
            Credential::Portal(portal) => portal.has(right),
        }
    }

    /// Refuses a caller that lacks a management permission, or whose password is still somebody else's.
    pub fn require(&self, right: Right) -> Result<(), Error> {
        use Right::{ApiKeyCreate, ApiKeyDelete, ApiKeyRead, ApiKeyUpdate};
        if self.is_immich_session()
            && matches!(right, ApiKeyCreate | ApiKeyRead | ApiKeyUpdate | ApiKeyDelete)
        {
            return Ok(());
        }
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

    /// Refuses a caller that holds none of these management permissions.
    pub(crate) fn require_one_of(&self, rights: &[Right]) -> Result<(), Error> {
        match rights.iter().find(|right| self.has(**right)).or(rights.first()) {
            Some(right) => self.require(*right),
            None => Ok(()),
        }
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
            Credential::Portal(portal) => portal.access().meet(&ceiling.access),
        }
    }

    /// When the credential ends: nothing that the caller hands out may last longer.
    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        match &self.credential {
            Credential::Key { expires_at, .. } => *expires_at,
            Credential::Session { .. } => None,
            Credential::Portal(portal) => portal.opener.expires_at(),
        }
    }

    /// Where the credential works: nothing that the caller hands out may work anywhere else.
    pub(crate) fn allowlist(&self) -> IpAllowlist {
        match &self.credential {
            Credential::Key { policy, .. } => policy.source.allowlist.clone(),
            Credential::Session { .. } => IpAllowlist::default(),
            Credential::Portal(portal) => portal.opener.allowlist(),
        }
    }

    /// What of a key's uses is restricted, in words: where it is used from, or how often; `None` for a session.
    pub(crate) fn restriction(&self) -> Option<&'static str> {
        let Credential::Key { policy, .. } = &self.credential else { return None };
        if !policy.source.allowlist.is_unrestricted() {
            Some("is bound to networks")
        } else if policy.source.metered {
            Some("has rate limits or credits")
        } else if !self.owner.ceiling().rate_limits.is_empty() {
            Some("has an owner with rate limits")
        } else {
            None
        }
    }

    /// Whether the credential is itself limited or metered.
    pub(crate) fn is_metered(&self) -> bool {
        match &self.credential {
            Credential::Key { policy, .. } => policy.source.metered,
            Credential::Session { .. } => false,
            // One that may make keys for others all the same hands that on.
            Credential::Portal(portal) => {
                portal.opener.is_metered() && !portal.opener.has(Right::ApiKeyManage)
            }
        }
    }

    /// The customer's session of the portal that it is.
    pub(crate) fn portal(&self) -> Option<&PortalCredential> {
        match &self.credential {
            Credential::Portal(portal) => Some(portal),
            _ => None,
        }
    }
}
