//! The rows, as values.

use std::fmt;
use std::net::IpAddr;

use keywright_domain::{
    AuditEventId, Budget, Digest, IdentityId, IpAllowlist, KeyId, KeyPrefix, LinkTokenId, MemberId,
    MemberRole, OrganizationId, Pepper, Permission, PlaintextKey, PortalSessionId, PortalSettings, RateLimit,
    RoleId, ServiceAccountId, SessionId, TimeZone, Timestamp, UserId, VerbSet,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::feed::Revision;

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its number, unique, 1 to 2^53 - 1; the first organization's is 1.
    pub number: i64,
    /// Its short name, unique: `[a-z0-9-]`.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// What its new keys start with.
    pub key_prefix: KeyPrefix,
    /// How long a new key lives that says nothing else, in seconds.
    pub default_expiry_seconds: Option<i64>,
    /// How long a new key may live at most, in seconds.
    pub max_expiry_seconds: Option<i64>,
    /// Whether permissions that its catalogue does not know are refused.
    pub catalogue_closed: bool,
    /// Whether keys that are bound to a network, limited or metered may be given offline tokens, which are none of that.
    #[serde(default)]
    pub tokens_for_restricted_keys: bool,
    /// Where its days and months begin.
    #[serde(default)]
    pub time_zone: TimeZone,
    /// How the key page of its customers is.
    #[serde(default)]
    pub portal: PortalSettings,
    /// Who made it: a user's or a service account's id.
    pub created_by: Option<uuid::Uuid>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was closed.
    pub deleted_at: Option<Timestamp>,
    /// When it first had an owner with an e-mail address who had accepted: from then on it is set up, whatever becomes
    /// of that owner. The store's to say; what is given here at the creation is passed over.
    #[serde(default)]
    pub set_up_at: Option<Timestamp>,
    /// The revision that last wrote it.
    pub revision: Revision,
}

impl Organization {
    /// A new one, with no settings of its own and made by nobody.
    pub fn new(id: OrganizationId, number: i64, slug: String, name: String, now: Timestamp) -> Self {
        Self {
            id,
            number,
            slug,
            name,
            description: None,
            key_prefix: KeyPrefix::standard(),
            default_expiry_seconds: None,
            max_expiry_seconds: None,
            catalogue_closed: false,
            tokens_for_restricted_keys: false,
            time_zone: TimeZone::default(),
            portal: PortalSettings::default(),
            created_by: None,
            created_at: now,
            updated_at: now,
            deleted_at: None,
            set_up_at: None,
            revision: Revision::ZERO,
        }
    }
}

/// A permission that an organization declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredPermission {
    /// Its plain spelling, `resource.action`.
    pub name: String,
    /// Its verb.
    pub verb: keywright_domain::Verb,
    /// What it allows.
    pub description: String,
    /// When it was declared.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The revision that last wrote it.
    pub revision: Revision,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The e-mail address in lower case, unique; the built-in `root` user has none.
    pub email: Option<String>,
    /// The name.
    pub name: String,
    /// The password's hash, a PHC string (argon2id); none: cannot sign in with a password.
    pub password_hash: Option<String>,
    /// Whether somebody else set the password, so that it must be replaced at the first sign-in.
    pub must_change_password: bool,
    /// Whether the person is told to replace a password of their own choice. Nothing waits for it.
    pub should_change_password: bool,
    /// Whether the person has said that their first steps are done.
    pub is_onboarded: bool,
    /// When the person was added.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
    /// The revision that last wrote it.
    pub revision: Revision,
}

/// A person's membership of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// The organization.
    pub organization: OrganizationId,
    /// The person.
    pub user: UserId,
    /// The person's e-mail address and name, joined in.
    pub user_email: Option<String>,
    /// The person's name, joined in.
    pub user_name: String,
    /// The role.
    pub role: MemberRole,
    /// Rate limits that all of the person's keys in the organization share.
    #[serde(default)]
    pub rate_limits: Vec<RateLimit>,
    /// Who invited them: a user's or a service account's id.
    pub invited_by: Option<uuid::Uuid>,
    /// When they accepted; before that they have no access.
    pub accepted_at: Option<Timestamp>,
    /// When they were invited.
    pub created_at: Timestamp,
    /// When last changed.
    pub updated_at: Timestamp,
    /// The revision that last wrote it.
    pub revision: Revision,
}

/// A named set of permissions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// The organization.
    pub organization: OrganizationId,
    /// Its name, unique in the organization.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Its permissions.
    pub permissions: Vec<Permission>,
    /// Who made it.
    pub created_by: Option<uuid::Uuid>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The revision that last wrote it.
    pub revision: Revision,
}

/// An owner of keys that is no person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccount {
    /// Its id.
    pub id: ServiceAccountId,
    /// The organization.
    pub organization: OrganizationId,
    /// Its name, unique in the organization among those that are not deleted.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it may do: the ceiling of its keys.
    pub permissions: Vec<Permission>,
    /// Rate limits that all of its keys share.
    #[serde(default)]
    pub rate_limits: Vec<RateLimit>,
    /// When it was disabled, if it is.
    pub disabled_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Who made it.
    pub created_by: Option<uuid::Uuid>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The revision that last wrote it.
    pub revision: Revision,
}

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyOwner {
    /// A member's.
    User(UserId),
    /// A service account's.
    ServiceAccount(ServiceAccountId),
}

impl KeyOwner {
    /// The id, of whichever kind.
    pub const fn uuid(self) -> Uuid {
        match self {
            Self::User(id) => id.uuid(),
            Self::ServiceAccount(id) => id.uuid(),
        }
    }
}

/// What a key was granted, as it was written down.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StoredGrants {
    /// Whatever its owner has. Only without roles.
    Owner,
    /// These, as they were spelt; with those of its roles.
    Listed(Vec<Permission>),
}

/// An API key, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// Its id.
    pub id: KeyId,
    /// Its number, unique, below 2^53.
    pub number: i64,
    /// The organization.
    pub organization: OrganizationId,
    /// The owner.
    pub owner: KeyOwner,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it was granted.
    pub grants: StoredGrants,
    /// The verbs.
    pub verbs: VerbSet,
    /// Roles whose permissions it has too.
    pub roles: Vec<RoleId>,
    /// The customer it is for, in the caller's own system.
    pub external_id: Option<String>,
    /// The customer who made it in the portal; none: it was made elsewhere. It stays as it was, whatever becomes of
    /// `external_id`.
    #[serde(default)]
    pub portal_customer: Option<String>,
    /// A JSON object, at most 4 KiB as text.
    pub metadata: Option<serde_json::Map<String, serde_json::Value>>,
    /// Where it may be used from.
    pub allowlist: IpAllowlist,
    /// Its rate limits.
    pub rate_limits: Vec<RateLimit>,
    /// Its credits, as they lie in the store: what processes have reserved in lots is not among them.
    pub credits: Option<Budget>,
    /// Whether it is switched on.
    pub enabled: bool,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Who made it: a user's or a service account's id.
    pub created_by: Option<uuid::Uuid>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The revision that last wrote it.
    pub revision: Revision,
}

impl KeyRecord {
    /// A key with what every key has and nothing more: all verbs, switched on, for ever, from anywhere, without limits.
    pub fn plain(
        (id, number): (KeyId, i64),
        organization: OrganizationId,
        owner: KeyOwner,
        (name, grants): (String, StoredGrants),
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            number,
            organization,
            owner,
            name,
            description: None,
            grants,
            verbs: VerbSet::ALL,
            roles: Vec::new(),
            external_id: None,
            portal_customer: None,
            metadata: None,
            allowlist: IpAllowlist::default(),
            rate_limits: Vec::new(),
            credits: None,
            enabled: true,
            expires_at: None,
            revoked_at: None,
            created_by: None,
            created_at: now,
            updated_at: now,
            revision: Revision::ZERO,
        }
    }
}

/// One secret of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySecret {
    /// What is stored of it.
    pub digest: Digest,
    /// The prefix as text, where the secret has our shape (`None`: imported and of another shape, or by digest).
    pub key_prefix: Option<KeyPrefix>,
    /// The part that may be shown; `None` for one imported by digest.
    pub shown_prefix: Option<String>,
    /// When it was made or imported.
    pub created_at: Timestamp,
    /// From when on it is REVOKED because a rotation replaced it.
    pub superseded_at: Option<Timestamp>,
}

impl KeySecret {
    /// A secret that was made here, in the form in which it is stored.
    pub fn of(plaintext: &PlaintextKey, prefix: &KeyPrefix, pepper: &Pepper, now: Timestamp) -> Self {
        Self {
            digest: pepper.digest(plaintext.as_presented()),
            key_prefix: Some(prefix.clone()),
            shown_prefix: Some(plaintext.shown_prefix()),
            created_at: now,
            superseded_at: None,
        }
    }
}

/// When, from where and with what a key was last used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyUse {
    /// When.
    pub at: Timestamp,
    /// From where, if that is known.
    pub address: Option<IpAddr>,
    /// With what (User-Agent, at most 256 characters), if that is known.
    pub agent: Option<String>,
}

/// A key as it is listed: with its last use and the shown part of its newest secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyListing {
    /// The key.
    pub key: KeyRecord,
    /// The shown part of its newest secret.
    pub shown_prefix: Option<String>,
    /// Its last use.
    pub last_use: Option<KeyUse>,
}

/// What kind of actor did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ActorKind {
    /// A person.
    User,
    /// A service account.
    ServiceAccount,
    /// A customer, in a session of the portal.
    Portal,
    /// The operator at the command line, or the server itself.
    System,
}

/// Who did what to what, from where, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Its id.
    pub id: AuditEventId,
    /// The organization it belongs to.
    pub organization: OrganizationId,
    /// When.
    pub at: Timestamp,
    /// What kind of actor.
    pub actor_kind: ActorKind,
    /// The actor's id; none for the system.
    pub actor: Option<uuid::Uuid>,
    /// The key that was used as the credential, if one was.
    pub key: Option<KeyId>,
    /// What was done, such as `apiKey.revoke`.
    pub action: String,
    /// What kind of thing it was done to, such as `apiKey`.
    pub target_kind: String,
    /// The thing's id, where it has one.
    pub target: Option<uuid::Uuid>,
    /// `None`: it was done. Otherwise why it was refused.
    pub refused: Option<String>,
    /// From where.
    pub address: Option<IpAddr>,
    /// With what (User-Agent).
    pub agent: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// What else is worth knowing; never a secret.
    pub details: serde_json::Map<String, serde_json::Value>,
}

/// What an idempotent request was and answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// The digest over organization, principal, method, path and `Idempotency-Key`.
    pub digest: Digest,
    /// The digest of the request's body.
    pub body: Digest,
    /// What the command came to, as JSON text, without any secret. Empty for a command that counts: the store then
    /// writes the count ([`crate::Applied::Count`]) in its place. For one that carries out each of several
    /// ([`crate::Applied::Each`]) the store makes it `[answer, refusals]`, the latter a list with null for each that was
    /// carried out and with the refusal for each that was not.
    pub answer: String,
    /// When it was recorded; it counts for 24 h.
    pub created_at: Timestamp,
}

/// A signed-in session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The digest of its token.
    pub digest: Digest,
    /// The person.
    pub user: UserId,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used, to a few minutes; `None`: not since the person signed in.
    pub last_seen_at: Option<Timestamp>,
    /// From where the person signed in.
    pub address: Option<IpAddr>,
    /// With what.
    pub agent: Option<String>,
}

/// A customer's session on the key page of an organization. What it may do depends on who opened it, too, at every
/// moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalSession {
    /// Its id.
    pub id: PortalSessionId,
    /// The organization.
    pub organization: OrganizationId,
    /// The customer.
    pub external_id: String,
    /// Whose the keys are.
    pub service_account: ServiceAccountId,
    /// What its keys may be given at most.
    pub permissions: Vec<Permission>,
    /// The credential that it was opened with.
    pub opener: PortalOpener,
    /// Who opened it: a user's or a service account's id.
    pub created_by: Uuid,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// The digest of its cookie's token, from when on its link was used.
    pub digest: Option<Digest>,
    /// When its link was used.
    pub opened_at: Option<Timestamp>,
    /// When it was ended before its time.
    pub ended_at: Option<Timestamp>,
}

/// What a session of the portal was opened with. When that ends, so does the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortalOpener {
    /// A key, by this secret.
    Key(KeyId, Digest),
    /// A signed-in session.
    Session(SessionId),
}

/// What a provider of identities calls a person, who has confirmed that it is them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedIdentity {
    /// Its id.
    pub id: IdentityId,
    /// The person.
    pub user: UserId,
    /// Who calls them so.
    pub issuer: String,
    /// What they are called there.
    pub subject: String,
    /// When it was linked.
    pub created_at: Timestamp,
}

/// What a single-use link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Setting the server up: its bearer becomes an owner of the first organization.
    SetUp,
    /// Accepting this membership.
    Invitation(MemberId),
    /// Choosing a new password: for the person whose membership this is.
    Password(MemberId),
    /// Beginning this session of the portal.
    Portal(PortalSessionId),
}

/// A single-use link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkToken {
    /// Its id.
    pub id: LinkTokenId,
    /// The digest of its token.
    pub digest: Digest,
    /// What it is for.
    pub purpose: LinkPurpose,
    /// The organization it leads to.
    pub organization: OrganizationId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

/// A key pair that signs tokens, its private half sealed by who may open it.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSigningKey {
    /// Its place in the order of the pairs, from 1 on; each takes the one after the last.
    pub position: i64,
    /// The public half.
    pub public: [u8; 32],
    /// The private half, sealed.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs, until another does.
    pub signs_from: Timestamp,
    /// The revision that wrote it.
    pub revision: Revision,
}

impl fmt::Debug for SealedSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedSigningKey")
            .field("position", &self.position)
            .field("created_at", &self.created_at)
            .field("signs_from", &self.signs_from)
            .finish_non_exhaustive()
    }
}
