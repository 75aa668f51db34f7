//! How it lasts: the [`Store`] trait, and its implementations.
//!
//! A store keeps rows and tells changes in order. It never knows what a permission allows, who may do what,
//! or what a request looks like: those who call it have decided already. It does hold what only a transaction
//! can hold: uniqueness, "unchanged since I looked", the last owner, and that an audit event and an idempotency
//! record are written together with what they tell of.

mod command;
mod error;
mod feed;
mod loaded;
mod outcome;
mod query;
mod record;
mod sql;
pub mod sqlite;
mod usage;

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;

pub use command::{
    AuditedCommand, Batch, Change, Command, Condition, CreditChange, CreditReservation, KeyChanges,
    KeySelector, KeyStep, MemberChanges, OrganizationChanges, RoleChanges, ServiceAccountChanges,
    UserChanges,
};
pub use error::StoreError;
pub use feed::{ChangePage, ChangedRow, LoadSink, Revision};
pub use loaded::{LoadedKey, LoadedPolicy, LoadedSecret, PolicyText, SecretSink};
pub use outcome::{Applied, Refusal, Reserved, UniqueField};
pub use query::{
    AuditQuery, GivenPermission, GlanceQuery, KeyGlance, KeyOrder, KeyOrderBy, KeyPage, KeyPlace, KeyPlaceAt,
    KeyQuery, KeyStatusAt, LookAt, MemberQuery, Page, PageRequest, PortalSessionQuery, ServiceAccountQuery,
};
pub use record::{
    ActorKind, AuditEvent, DeclaredPermission, IdempotencyRecord, KeyListing, KeyOwner, KeyRecord, KeySecret,
    KeyUse, LinkPurpose, LinkToken, LinkedIdentity, Member, Organization, PortalOpener, PortalSession, Role,
    SealedSigningKey, ServiceAccount, Session, StoredGrants, User,
};
pub use usage::{
    Gathered, KeyRequest, LoggedRequest, Minute, RequestQuery, UsageCount, UsageGroup, UsageGrouping,
    UsageItem, UsageQuery, UsageSpan,
};

use async_trait::async_trait;
use keywright_domain::{
    BatchId, CreditLotId, Digest, KeyId, MemberId, MemberRole, OrganizationId, PortalSessionId, RoleId,
    ServiceAccountId, SessionId, Timestamp, UserId,
};

/// Where everything lasts. Both databases answer through it, and one conformance suite holds them to it.
///
/// Every call may fail with [`StoreError::Unavailable`] or [`StoreError::Corrupt`]; "there is no such row" is
/// never an error but `None` or a [`Refusal`].
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Carries out a batch in one transaction, in order. Each command has its own outcome: one that is refused
    /// leaves nothing behind and does not disturb the others. When this returns `Ok`, everything is durable.
    ///
    /// A batch in which some command changed a replicated row takes the next [`Revision`]. `Err` means that
    /// nothing of the batch was done, but for [`StoreError::CommitUnknown`].
    async fn commit(&self, batch: Batch) -> Result<BatchOutcome, StoreError>;

    /// The revision that a batch was committed under, if it was. `Some(Revision::ZERO)` for one that took none.
    async fn find_batch(&self, id: BatchId) -> Result<Option<Revision>, StoreError>;

    /// Hands every row that verification needs to `sink`, from one snapshot, and returns that snapshot's revision.
    /// Organizations come first, then their permissions, roles, members, service accounts, keys.
    async fn load(&self, sink: Box<dyn LoadSink>) -> Result<Revision, StoreError>;

    /// The rows that changed after `after`, whole revisions only, at most about `limit` rows, as they are now.
    async fn changes_since(&self, after: Revision, limit: usize) -> Result<ChangePage, StoreError>;

    /// Forgets changes up to and including `through`; batches and idempotency records older than `created_before`; and
    /// sessions and links that ended before it. A follower that had not read them is told so by [`ChangePage::LoadAnew`].
    async fn prune(&self, through: Revision, created_before: Timestamp) -> Result<(), StoreError>;

    /// The check value of the pepper that this store's digests depend on. Stores `candidate` if there is none and
    /// the store holds no digest yet; returns what is stored then.
    async fn pepper_check(&self, candidate: Option<[u8; 32]>) -> Result<Option<[u8; 32]>, StoreError>;

    /// Whether the first organization exists: whether this store was ever started.
    async fn is_empty(&self) -> Result<bool, StoreError>;

    /// Writes last uses, each merged by the later time. Takes no revision.
    async fn record_uses(&self, uses: Vec<(KeyId, KeyUse)>) -> Result<(), StoreError>;

    /// Adds counts to those that are there. Takes no revision. Those of a batch that was written already are not added
    /// again, so that it may be sent again whatever became of it.
    async fn record_usage(&self, counts: Gathered<UsageCount>) -> Result<(), StoreError>;

    /// Adds counts up that are older than `before` (rounded down to the span's start), one span of time at most and
    /// about `limit` rows. Whether there is more to do.
    async fn roll_up_usage(&self, span: UsageSpan, before: Minute, limit: u32) -> Result<bool, StoreError>;

    /// Forgets counts older than `before`, `limit` rows at most. Whether there is more to do.
    async fn forget_usage(&self, before: Minute, limit: u32) -> Result<bool, StoreError>;

    /// Counts that a query selects, added up.
    async fn usage(&self, query: UsageQuery) -> Result<Page<UsageItem>, StoreError>;

    /// How many rows would be added up for that, as far as it can be told quickly (of all owners and customers); more than
    /// `at_most` are not counted.
    async fn usage_extent(&self, query: UsageQuery, at_most: u32) -> Result<u32, StoreError>;

    /// Writes entries of the request log. Takes no revision; a batch that was written already is not written again.
    async fn record_requests(&self, requests: Gathered<LoggedRequest>) -> Result<(), StoreError>;

    /// Forgets entries of the request log that are older than `before` or beyond the newest `keep`, `limit` at most.
    /// Whether there is more to do.
    async fn forget_requests(&self, before: Timestamp, keep: u64, limit: u32) -> Result<bool, StoreError>;

    /// Entries of the request log that a query selects, newest first.
    async fn requests(&self, query: RequestQuery) -> Result<Page<LoggedRequest>, StoreError>;

    /// One organization.
    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError>;
    /// One organization by its number.
    async fn organization_by_number(&self, number: i64) -> Result<Option<Organization>, StoreError>;
    /// The organizations that a user is an accepted member of, by number.
    async fn organizations_of_user(&self, user: UserId) -> Result<Vec<Organization>, StoreError>;
    /// The permissions that an organization declared, in the order of their declaration.
    async fn permissions(&self, organization: OrganizationId) -> Result<Vec<DeclaredPermission>, StoreError>;

    /// One user.
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;
    /// The built-in user: the oldest one without an e-mail address.
    async fn root_user(&self) -> Result<Option<User>, StoreError>;
    /// One user by e-mail address, which is kept in lower case.
    async fn user_by_email(&self, email: &str) -> Result<Option<User>, StoreError>;

    /// Members that a query selects, invited ones included, oldest first.
    async fn members(&self, query: MemberQuery) -> Result<Page<Member>, StoreError>;
    /// How many of an organization's members have each role, invited ones included; no role that nobody has.
    async fn count_members(&self, organization: OrganizationId)
    -> Result<Vec<(MemberRole, u64)>, StoreError>;
    /// One member.
    async fn member(&self, organization: OrganizationId, id: MemberId) -> Result<Option<Member>, StoreError>;
    /// A user's membership of an organization, accepted or not.
    async fn member_of_user(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<Member>, StoreError>;

    /// A user's memberships of all organizations, accepted or not, oldest first.
    async fn memberships(&self, user: UserId) -> Result<Vec<Member>, StoreError>;

    /// An organization's roles, by name.
    async fn roles(&self, organization: OrganizationId, page: PageRequest) -> Result<Page<Role>, StoreError>;
    /// One role.
    async fn role(&self, organization: OrganizationId, id: RoleId) -> Result<Option<Role>, StoreError>;

    /// Service accounts that a query selects, newest first; deleted ones are left out.
    async fn service_accounts(&self, query: ServiceAccountQuery) -> Result<Page<ServiceAccount>, StoreError>;
    /// One service account; a deleted one is none.
    async fn service_account(
        &self,
        organization: OrganizationId,
        id: ServiceAccountId,
    ) -> Result<Option<ServiceAccount>, StoreError>;

    /// Keys that a query selects, in its order.
    async fn keys(&self, query: KeyQuery) -> Result<KeyPage, StoreError>;
    /// What of an organization's keys is worth a glance.
    async fn key_glance(&self, query: GlanceQuery) -> Result<KeyGlance, StoreError>;
    /// One key, revoked or not.
    async fn key(&self, organization: OrganizationId, id: KeyId) -> Result<Option<KeyListing>, StoreError>;
    /// One key by its number.
    async fn key_by_number(
        &self,
        organization: OrganizationId,
        number: i64,
    ) -> Result<Option<KeyListing>, StoreError>;
    /// How many keys of an owner are neither revoked nor switched off nor expired at a time, counted up to `at_most`.
    async fn count_keys_in_force(
        &self,
        organization: OrganizationId,
        owner: KeyOwner,
        at: Timestamp,
        at_most: u32,
    ) -> Result<u64, StoreError>;
    /// A key's secrets, newest first: the one in force, and those that a rotation replaced.
    async fn key_secrets(&self, id: KeyId) -> Result<Vec<KeySecret>, StoreError>;

    /// How much was ever reserved in a lot of credits; none where the lot is void or ended.
    async fn credit_lot(&self, id: CreditLotId) -> Result<Option<u64>, StoreError>;

    /// Audit events that a query selects, newest first.
    async fn audit_events(&self, query: AuditQuery) -> Result<Page<AuditEvent>, StoreError>;

    /// The record of an idempotent request, by its digest over organization, principal, method, path and key.
    async fn idempotency(&self, digest: Digest) -> Result<Option<IdempotencyRecord>, StoreError>;

    /// The signing keys, oldest first.
    async fn signing_keys(&self) -> Result<Vec<SealedSigningKey>, StoreError>;

    /// A session by its token's digest, expired or not.
    async fn session(&self, digest: Digest) -> Result<Option<Session>, StoreError>;
    /// A person's sessions, expired or not, those that began last first: `limit` at most.
    async fn sessions_of(&self, user: UserId, limit: u32) -> Result<Vec<Session>, StoreError>;
    /// A session by its id, expired or not.
    async fn session_by_id(&self, id: SessionId) -> Result<Option<Session>, StoreError>;
    /// A session of the portal, whether or not it has begun, ended or expired.
    async fn portal_session(&self, id: PortalSessionId) -> Result<Option<PortalSession>, StoreError>;
    /// Sessions of the portal that neither ended nor expired, newest first.
    async fn portal_sessions(&self, query: PortalSessionQuery) -> Result<Page<PortalSession>, StoreError>;
    /// An identity by who issued it and what it is called there.
    async fn identity(&self, issuer: &str, subject: &str) -> Result<Option<LinkedIdentity>, StoreError>;
    /// A person's identities, by issuer.
    async fn identities_of(&self, user: UserId) -> Result<Vec<LinkedIdentity>, StoreError>;
    /// A single-use link by its token's digest, used or not.
    async fn link_token(&self, digest: Digest) -> Result<Option<LinkToken>, StoreError>;
}

/// What became of a batch.
#[derive(Debug, Clone)]
pub struct BatchOutcome {
    /// The revision that the batch took; `None` when nothing that is replicated changed.
    pub revision: Option<Revision>,
    /// The last revision taken when the batch was carried out, by this batch or an earlier one: whoever has applied it
    /// has applied all that the outcomes rest on.
    pub current: Revision,
    /// One outcome for each command, in their order.
    pub outcomes: Vec<Result<Applied, Refusal>>,
}
