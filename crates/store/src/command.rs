//! What a store can be told to do.

use keywright_domain::{
    AuditEventId, BatchId, Budget, CreditLotId, Digest, IdentityId, IpAllowlist, KeyId, KeyPrefix,
    LinkTokenId, MemberId, MemberRole, NodeId, OrganizationId, Permission, PortalSessionId, PortalSettings,
    RateLimit, RoleId, ServiceAccountId, SessionId, TimeZone, Timestamp, UserId, Verb, VerbSet,
};

use crate::feed::Revision;
use crate::record::{
    AuditEvent, DeclaredPermission, IdempotencyRecord, KeyOwner, KeyRecord, KeySecret, LinkToken,
    LinkedIdentity, Member, Organization, PortalSession, Role, SealedSigningKey, ServiceAccount, Session,
    StoredGrants, User,
};

/// Commands that are carried out in one transaction.
#[derive(Debug)]
pub struct Batch {
    /// Names the batch, so that an unknown outcome can be looked up.
    pub id: BatchId,
    /// The time: what `updated_at`, `revoked_at` and the like become.
    pub now: Timestamp,
    /// The commands, in order.
    pub commands: Vec<AuditedCommand>,
}

/// A command with what must be written together with it.
#[derive(Debug)]
pub struct AuditedCommand {
    /// What to do.
    pub command: Command,
    /// Written if and only if the command is carried out.
    pub audit: Vec<AuditEvent>,
    /// Written if and only if the command is carried out. If its digest is recorded already (and is not older than
    /// 24 h before the batch's `now`), the command is refused with [`crate::Refusal::AlreadyAnswered`].
    pub idempotency: Option<IdempotencyRecord>,
}

/// A new value for a field, or none: leave it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// Leave it.
    #[default]
    Keep,
    /// Set it.
    Set(T),
}

impl<T> Change<T> {
    /// Whether it is left as it is.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The value that results from `old`.
    pub fn apply(self, old: T) -> T {
        match self {
            Self::Keep => old,
            Self::Set(new) => new,
        }
    }
}

/// One act. `unchanged_since` is the row's revision that the caller decided upon: if it has been written since, the
/// command is refused with [`crate::Refusal::Changed`], and the caller reads and decides again.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "the largest, a key's creation, is the one that comes in numbers"
)]
pub enum Command {
    /// Does nothing: for an audit event alone, such as that of a refused change.
    Note,

    /// Makes an organization.
    CreateOrganization(Organization),
    /// Changes an organization.
    UpdateOrganization {
        /// Which.
        id: OrganizationId,
        /// As read at.
        unchanged_since: Revision,
        /// What changes.
        changes: OrganizationChanges,
    },
    /// Closes an organization: revokes its keys, disables its service accounts, ends its memberships.
    DeleteOrganization {
        /// Which.
        id: OrganizationId,
        /// As read at.
        unchanged_since: Revision,
    },

    /// Declares a permission, or changes one that is declared. Refused ([`crate::Refusal::Changed`]) unless it is as it
    /// was when the caller decided.
    PutPermission {
        /// Whose.
        organization: OrganizationId,
        /// Its verb as the caller knew it; `None`: it was not declared.
        known_verb: Option<Verb>,
        /// The permission; `created_at` stays as it was where it exists.
        permission: DeclaredPermission,
    },
    /// Takes a declaration back.
    DeletePermission {
        /// Whose.
        organization: OrganizationId,
        /// Which.
        name: String,
    },

    /// Adds a person.
    CreateUser(User),
    /// Changes a person.
    UpdateUser {
        /// Who.
        id: UserId,
        /// As read at.
        unchanged_since: Revision,
        /// What changes.
        changes: UserChanges,
    },

    /// Makes a membership; accepted at once where `accepted_at` is set.
    CreateMember(Member),
    /// Accepts a membership.
    AcceptMembership {
        /// Of which organization.
        organization: OrganizationId,
        /// Which.
        id: MemberId,
    },
    /// Changes a member. The last owner stays one ([`crate::Refusal::LastOwner`]).
    UpdateMember {
        /// Of which organization.
        organization: OrganizationId,
        /// Which.
        id: MemberId,
        /// As read at.
        unchanged_since: Revision,
        /// What changes.
        changes: MemberChanges,
    },
    /// Ends a membership and revokes that person's keys in the organization. Refused for the last owner.
    DeleteMember {
        /// Of which organization.
        organization: OrganizationId,
        /// Which.
        id: MemberId,
        /// As read at.
        unchanged_since: Revision,
    },

    /// Makes a role.
    CreateRole(Role),
    /// Changes a role.
    UpdateRole {
        /// Of which organization.
        organization: OrganizationId,
        /// Which.
        id: RoleId,
        /// As read at.
        unchanged_since: Revision,
        /// What changes.
        changes: RoleChanges,
    },
    /// Deletes a role; keys that have it lose its permissions.
    DeleteRole {
        /// Of which organization.
        organization: OrganizationId,
        /// Which.
        id: RoleId,
    },

    /// Makes a service account.
    CreateServiceAccount(ServiceAccount),
    /// Changes a service account.
    UpdateServiceAccount {
        /// Of which organization.
        organization: OrganizationId,
        /// Which.
        id: ServiceAccountId,
        /// As read at.
        unchanged_since: Revision,
        /// What changes.
        changes: ServiceAccountChanges,
    },
    /// Enables or disables a service account; one that is so already stays as it is.
    SetServiceAccountEnabled {
        /// Of which organization.
        organization: OrganizationId,
        /// Which.
        id: ServiceAccountId,
        /// Enabled from now on?
        enabled: bool,
    },
    /// Deletes a service account and revokes its keys.
    DeleteServiceAccount {
        /// Of which organization.
        organization: OrganizationId,
        /// Which.
        id: ServiceAccountId,
    },

    /// Makes a key with its first secret. Refused ([`crate::Refusal::OwnerGone`]) unless its owner exists, is not
    /// deleted and, being a person, is an accepted member.
    CreateKey {
        /// The key.
        key: KeyRecord,
        /// Its secret.
        secret: KeySecret,
    },
    /// Changes a key. A revoked key cannot be changed ([`crate::Refusal::Revoked`]).
    UpdateKey {
        /// Of which organization.
        organization: OrganizationId,
        /// Which.
        id: KeyId,
        /// As read at.
        unchanged_since: Revision,
        /// What changes.
        changes: Box<KeyChanges>,
    },
    /// Gives a key a new secret. The one in force until now is superseded at `supersede_at`; earlier ones that are
    /// still live, and the present one too if `supersede_at` is not later than the batch's `now`, are superseded now.
    RotateKey {
        /// Of which organization.
        organization: OrganizationId,
        /// Which.
        id: KeyId,
        /// As read at.
        unchanged_since: Revision,
        /// The new secret.
        secret: KeySecret,
        /// When the present secret ends.
        supersede_at: Timestamp,
    },
    /// Revokes keys that are not revoked yet. None that matches is no refusal: the count is 0.
    RevokeKeys {
        /// Of which organization.
        organization: OrganizationId,
        /// Which.
        which: KeySelector,
    },

    /// Adds a signing key. Refused ([`crate::Refusal::NotUnique`]) unless its position is the one after the last: of
    /// several that were made at once, one is taken.
    AddSigningKey(SealedSigningKey),
    /// Forgets the signing keys before a position.
    DropSigningKeysBefore(i64),

    /// Reserves credits of a key for uses that a process answers. Refused with [`crate::Refusal::NotFound`] where the key
    /// has none that are counted; that there are too few is no refusal ([`crate::Applied::Reserved`]).
    ReserveCredits(CreditReservation),
    /// Ends a lot and puts back what of it was not used: once, however often it is said. A lot that is void changes
    /// nothing. Answered with how many were put back.
    GiveBackCredits {
        /// Which lot.
        lot: CreditLotId,
        /// What was not used.
        unused: u64,
    },
    /// Changes what remains of a key's credits. Refused where the key has none ([`crate::Refusal::NoCredits`]) or would
    /// have too many. Answered with [`crate::Applied::Budget`].
    ChangeCredits {
        /// Of which organization.
        organization: OrganizationId,
        /// Which key.
        id: KeyId,
        /// How.
        change: CreditChange,
        /// What the asking process holds unused in its lot: counted in the answer where the lot lives on, and nowhere else.
        held: u64,
    },
    /// Voids the lots of all processes but one: to be said where all others are gone. What they had not used is lost,
    /// since nobody knows how much that was.
    VoidCreditLots {
        /// Whose lots stay.
        except: NodeId,
    },

    /// Begins a session.
    CreateSession(Session),
    /// Notes that a session is in use; one that is gone is no refusal, and a later note stays.
    NoteSession {
        /// Which.
        id: SessionId,
        /// When.
        at: Timestamp,
    },
    /// Ends a session; one that is gone is no refusal.
    DeleteSession(SessionId),
    /// Ends all sessions of a person, but perhaps one.
    DeleteSessionsOf {
        /// Whose.
        user: UserId,
        /// This one stays.
        except: Option<SessionId>,
    },

    /// Links an identity to a person. Refused where it is linked already, or where the person has another of the same issuer.
    LinkIdentity(LinkedIdentity),
    /// Takes an identity off its person.
    UnlinkIdentity {
        /// Whose.
        user: UserId,
        /// Which.
        id: IdentityId,
    },

    /// Makes a single-use link.
    CreateLinkToken(LinkToken),
    /// Voids the set-up links of an organization that were not used; none is no refusal.
    VoidSetUpLinks(OrganizationId),
    /// Voids the links by which this person may choose a password and that were not used, whichever of their memberships
    /// they were made through; none is no refusal.
    VoidPasswordLinks(UserId),
    /// Makes a session of the portal, to begin when its link is used. Refused ([`crate::Refusal::OwnerGone`]) unless its
    /// service account is there.
    CreatePortalSession(Box<PortalSession>),
    /// Begins a session of the portal. Refused ([`crate::Refusal::LinkUsed`]) when it began, ended or expired before.
    OpenPortalSession {
        /// Which.
        id: PortalSessionId,
        /// The digest of its cookie's token.
        digest: Digest,
    },
    /// Ends a session of the portal; one that was ended stays so.
    EndPortalSession {
        /// Of which organization.
        organization: OrganizationId,
        /// Which.
        id: PortalSessionId,
    },
    /// Carries out commands if and only if the link is unused and not expired, and marks it used. All or nothing: if
    /// one of the commands is refused, that is the outcome, and the link stays unused.
    UseLinkToken {
        /// Which link.
        id: LinkTokenId,
        /// What it lets its bearer do.
        then: Vec<Command>,
    },
    /// Carries out each of these for itself, in order, all in the same transaction: one that is refused leaves nothing
    /// behind and does not disturb the others. The outcome has one for each ([`crate::Applied::Each`]).
    Each(Vec<AuditedCommand>),
    /// Carries out all of these or none: the outcome is the last one's, or the first refusal.
    All(Vec<Command>),
    /// Carries a command out if and only if every condition holds then: what was checked before it came to the store
    /// may have changed on the way.
    If {
        /// What must hold.
        conditions: Vec<Condition>,
        /// What to do.
        then: Box<Command>,
    },
}

/// What must hold at the moment when a command is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// The key is enabled, neither revoked nor expired, its owner is neither disabled nor gone, and the secret that was
    /// shown is one of its own and still works; else [`crate::Refusal::CredentialGone`].
    KeyInForce(KeyId, Digest),
    /// The session was not ended and has not expired, and its person is a member of this organization; else
    /// [`crate::Refusal::CredentialGone`].
    SessionOpen(SessionId, OrganizationId),
    /// The session of the portal has begun and neither ended nor expired, its organization is open, and its service account
    /// is neither disabled nor gone; else [`crate::Refusal::CredentialGone`]. Of who opened it nothing is asked here.
    PortalOpen(PortalSessionId),
    /// The customer of this session of the portal has fewer keys than this that they made there, for the same service
    /// account, and that work; else [`crate::Refusal::PortalFull`]. They made fewer than ten times as many in the last 24
    /// hours, revoked ones included; else [`crate::Refusal::PortalSpent`].
    PortalHasRoom(PortalSessionId, u32),
    /// The organization never had an owner who can sign in; else [`crate::Refusal::SetUpAlready`].
    NotSetUp(OrganizationId),
    /// The person was not written since; else [`crate::Refusal::Changed`].
    UserUnchanged(UserId, Revision),
    /// The identity is linked to this person; else [`crate::Refusal::CredentialGone`].
    IdentityLinked(IdentityId, UserId),
    /// The service account was not written since; else [`crate::Refusal::Changed`].
    ServiceAccountUnchanged(OrganizationId, ServiceAccountId, Revision),
}

/// Credits to be put into a process's lot of a key. A refill that is due is done first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditReservation {
    /// Which key.
    pub key: KeyId,
    /// The lot: a new id, or that of the lot that the process has of this key.
    pub lot: CreditLotId,
    /// The process.
    pub holder: NodeId,
    /// What the lot holds unused. Until it is answered, the process uses none of it.
    pub held: u64,
    /// What the lot must hold then, for the use at hand.
    pub at_least: u64,
    /// What it might hold, for all uses that wait.
    pub wanted: u64,
    /// The id of the audit event that is written if it is to be told that few credits are left.
    pub event: AuditEventId,
}

/// How credits change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditChange {
    /// So many remain. Lots become void.
    Set(u64),
    /// So many more.
    Add(u64),
}

/// What of an organization changes.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "each field is described at Organization")]
pub struct OrganizationChanges {
    pub name: Change<String>,
    pub slug: Change<String>,
    pub description: Change<Option<String>>,
    pub key_prefix: Change<KeyPrefix>,
    pub default_expiry_seconds: Change<Option<i64>>,
    pub max_expiry_seconds: Change<Option<i64>>,
    pub catalogue_closed: Change<bool>,
    pub tokens_for_restricted_keys: Change<bool>,
    pub time_zone: Change<TimeZone>,
    pub portal: Change<PortalSettings>,
}

/// What of a person changes.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "each field is described at User")]
pub struct UserChanges {
    pub email: Change<Option<String>>,
    pub name: Change<String>,
    pub password_hash: Change<Option<String>>,
    pub must_change_password: Change<bool>,
    pub should_change_password: Change<bool>,
    pub is_onboarded: Change<bool>,
}

/// What of a member changes.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "each field is described at Member")]
pub struct MemberChanges {
    pub role: Change<MemberRole>,
    pub rate_limits: Change<Vec<RateLimit>>,
}

/// What of a role changes.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "each field is described at Role")]
pub struct RoleChanges {
    pub name: Change<String>,
    pub description: Change<Option<String>>,
    pub permissions: Change<Vec<Permission>>,
}

/// What of a service account changes.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "each field is described at ServiceAccount")]
pub struct ServiceAccountChanges {
    pub name: Change<String>,
    pub description: Change<Option<String>>,
    pub permissions: Change<Vec<Permission>>,
    pub rate_limits: Change<Vec<RateLimit>>,
}

/// What of a key changes.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "each field is described at KeyRecord")]
pub struct KeyChanges {
    pub name: Change<String>,
    pub description: Change<Option<String>>,
    pub grants: Change<StoredGrants>,
    pub verbs: Change<VerbSet>,
    pub roles: Change<Vec<RoleId>>,
    pub external_id: Change<Option<String>>,
    pub metadata: Change<Option<serde_json::Map<String, serde_json::Value>>>,
    pub allowlist: Change<IpAllowlist>,
    pub rate_limits: Change<Vec<RateLimit>>,
    pub credits: Change<Option<Budget>>,
    pub enabled: Change<bool>,
    pub expires_at: Change<Option<Timestamp>>,
}

/// A step through keys in the order of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyStep {
    /// Go on after this one.
    pub after: Option<KeyId>,
    /// This many at most.
    pub at_most: u32,
    /// This one is left alone.
    pub spared: Option<KeyId>,
}

/// Which keys to revoke. Every condition that is given must hold; with none given, none match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySelector {
    /// Of this owner.
    pub owner: Option<KeyOwner>,
    /// Made for this customer.
    pub external_id: Option<String>,
    /// Made before this time.
    pub created_before: Option<Timestamp>,
    /// Among these.
    pub ids: Option<Vec<KeyId>>,
    /// One step of many. Not with `ids`, which are few. With `count_only` no more than the step has are looked at.
    pub step: Option<KeyStep>,
    /// Of the organization, without any other condition: all of them.
    pub every: bool,
    /// Only count them.
    pub count_only: bool,
    /// Added to the count: those of the steps before.
    pub counted_before: u64,
    /// End the sessions of the portal of the customer in `external_id` too. Not in a step or where keys are only counted.
    pub ends_portal_sessions: bool,
}
