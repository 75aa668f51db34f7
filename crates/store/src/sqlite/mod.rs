//! SQLite: one file, one thread that writes, and connections that read beside it.

mod backup;
mod connection;
mod error;
mod files;
mod load;
mod load_keys;
mod migrations;
mod open;
mod readers;
mod restore;
#[cfg(test)]
mod tests;
mod writer;

pub use backup::{BackupError, BackupFacts, back_up, check_backup};
pub use restore::{KeysAfterRestore, Restore, Restored, install_backup};

use std::path::PathBuf;

use async_trait::async_trait;
use keywright_domain::{
    BatchId, CreditLotId, Digest, KeyId, MemberId, MemberRole, OrganizationId, PortalSessionId, RoleId,
    ServiceAccountId, SessionId, Timestamp, UserId,
};

use self::connection::straight;
use self::readers::{Readers, in_snapshot};
use self::writer::{End, Unwritten, Writer};
use crate::sql::queries;
use crate::sql::rows::{
    credits, idempotency, identities, link_tokens, portal_sessions, secrets, sessions, signing_keys,
};
use crate::{
    AuditEvent, AuditQuery, Batch, BatchOutcome, ChangePage, DeclaredPermission, Gathered, GlanceQuery,
    IdempotencyRecord, KeyGlance, KeyListing, KeyOwner, KeyPage, KeyQuery, KeySecret, KeyUse, LinkToken,
    LinkedIdentity, LoadSink, LoggedRequest, Member, MemberQuery, Minute, Organization, Page, PageRequest,
    PortalSession, PortalSessionQuery, RequestQuery, Revision, Role, SealedSigningKey, ServiceAccount,
    ServiceAccountQuery, Session, Store, StoreError, UsageCount, UsageItem, UsageQuery, UsageSpan, User, sql,
};

/// A store in a SQLite database.
///
/// Only one process may write it at a time: whoever opens it has locked the data directory. Dropping the store waits
/// for what is being written and closes the database.
pub struct SqliteStore {
    path: PathBuf,
    // Before the writer, so that it closes last: the last connection moves the write-ahead log into the database.
    readers: Readers,
    // Followers wait for no other reader: until they have read a change, it is not in force.
    feed: Readers,
    writer: Writer,
}

impl SqliteStore {
    /// Opens the database in this file, makes it if there is none, and brings its schema up to date. Blocks.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        let connection = open::writer(&path)?;
        migrations::migrate(&connection)?;
        let writer = Writer::start(connection)?;
        Ok(Self { readers: Readers::new(path.clone()), feed: Readers::new(path.clone()), writer, path })
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, batch: Batch) -> Result<BatchOutcome, StoreError> {
        let id = batch.id;
        let carry_out = |connection: &mut _| {
            let carried = straight(sql::carry_out(connection, batch))?;
            Ok((carried.outcome, if carried.wrote { End::Commit } else { End::RollBack }))
        };
        self.writer.write_or_doubt(carry_out).await.map_err(|unwritten| match unwritten {
            Unwritten::Failed(error) => error,
            Unwritten::InDoubt(error, outcome) => StoreError::CommitUnknown {
                batch: id,
                reason: error.to_string(),
                outcome: outcome.map(Box::new),
            },
        })
    }

    async fn find_batch(&self, id: BatchId) -> Result<Option<Revision>, StoreError> {
        self.readers.read(move |c| straight(sql::find_batch(c, id))).await
    }

    async fn load(&self, sink: Box<dyn LoadSink>) -> Result<Revision, StoreError> {
        let path = self.path.clone();
        readers::aside(move || load::load(&path, sink)).await
    }

    async fn changes_since(&self, after: Revision, limit: usize) -> Result<ChangePage, StoreError> {
        self.feed.read(move |c| in_snapshot(c, |c| straight(sql::changes_since(c, after, limit)))).await
    }

    async fn prune(&self, through: Revision, created_before: Timestamp) -> Result<(), StoreError> {
        let prune = move |connection: &mut _| {
            Ok((straight(sql::prune(connection, through, created_before))?, End::Commit))
        };
        self.writer.write(prune).await
    }

    async fn pepper_check(&self, candidate: Option<[u8; 32]>) -> Result<Option<[u8; 32]>, StoreError> {
        let check =
            move |connection: &mut _| Ok((straight(sql::pepper_check(connection, candidate))?, End::Commit));
        self.writer.write(check).await
    }

    async fn is_empty(&self) -> Result<bool, StoreError> {
        self.readers.read(|c| straight(sql::is_empty(c))).await
    }

    async fn record_uses(&self, uses: Vec<(KeyId, KeyUse)>) -> Result<(), StoreError> {
        let record =
            move |connection: &mut _| Ok((straight(sql::record_uses(connection, &uses))?, End::Commit));
        self.writer.write(record).await
    }

    async fn record_usage(&self, counts: Gathered<UsageCount>) -> Result<(), StoreError> {
        let record =
            move |connection: &mut _| Ok((straight(sql::usage::record(connection, &counts))?, End::Commit));
        self.writer.write(record).await
    }

    async fn roll_up_usage(&self, span: UsageSpan, before: Minute, limit: u32) -> Result<bool, StoreError> {
        let roll_up = move |connection: &mut _| {
            Ok((straight(sql::usage::roll_up(connection, span, before, limit))?, End::Commit))
        };
        self.writer.write(roll_up).await
    }

    async fn forget_usage(&self, before: Minute, limit: u32) -> Result<bool, StoreError> {
        let forget = move |connection: &mut _| {
            Ok((straight(sql::usage::forget(connection, before, limit))?, End::Commit))
        };
        self.writer.write(forget).await
    }

    async fn usage(&self, query: UsageQuery) -> Result<Page<UsageItem>, StoreError> {
        self.readers.read(move |c| straight(queries::usage::list(c, &query))).await
    }

    async fn usage_extent(&self, query: UsageQuery, at_most: u32) -> Result<u32, StoreError> {
        self.readers.read(move |c| straight(queries::usage::extent(c, &query, at_most))).await
    }

    async fn record_requests(&self, requests: Gathered<LoggedRequest>) -> Result<(), StoreError> {
        let record = move |connection: &mut _| {
            Ok((straight(sql::requests::record(connection, &requests))?, End::Commit))
        };
        self.writer.write(record).await
    }

    async fn forget_requests(&self, before: Timestamp, keep: u64, limit: u32) -> Result<bool, StoreError> {
        let forget = move |connection: &mut _| {
            Ok((straight(sql::requests::forget(connection, before, keep, limit))?, End::Commit))
        };
        self.writer.write(forget).await
    }

    async fn requests(&self, query: RequestQuery) -> Result<Page<LoggedRequest>, StoreError> {
        self.readers.read(move |c| straight(queries::requests::list(c, &query))).await
    }

    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        self.readers.read(move |c| straight(queries::organizations::by_id(c, id))).await
    }

    async fn organization_by_number(&self, number: i64) -> Result<Option<Organization>, StoreError> {
        self.readers.read(move |c| straight(queries::organizations::by_number(c, number))).await
    }

    async fn organizations_of_user(&self, user: UserId) -> Result<Vec<Organization>, StoreError> {
        self.readers.read(move |c| straight(queries::organizations::of_user(c, user))).await
    }

    async fn permissions(&self, organization: OrganizationId) -> Result<Vec<DeclaredPermission>, StoreError> {
        self.readers.read(move |c| straight(queries::organizations::permissions(c, organization))).await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.readers.read(move |c| straight(queries::users::by_id(c, id))).await
    }

    async fn root_user(&self) -> Result<Option<User>, StoreError> {
        self.readers.read(|c| straight(queries::users::root(c))).await
    }

    async fn user_by_email(&self, email: &str) -> Result<Option<User>, StoreError> {
        let email = email.to_owned();
        self.readers.read(move |c| straight(queries::users::by_email(c, &email))).await
    }

    async fn members(&self, query: MemberQuery) -> Result<Page<Member>, StoreError> {
        self.readers.read(move |c| straight(queries::members::list(c, &query))).await
    }

    async fn count_members(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<(MemberRole, u64)>, StoreError> {
        self.readers.read(move |c| straight(queries::members::count_by_role(c, organization))).await
    }

    async fn member(&self, organization: OrganizationId, id: MemberId) -> Result<Option<Member>, StoreError> {
        self.readers.read(move |c| straight(queries::members::by_id(c, organization, id))).await
    }

    async fn member_of_user(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<Member>, StoreError> {
        self.readers.read(move |c| straight(queries::members::of_user(c, organization, user))).await
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<Member>, StoreError> {
        self.readers.read(move |c| straight(queries::members::everywhere(c, user))).await
    }

    async fn roles(&self, organization: OrganizationId, page: PageRequest) -> Result<Page<Role>, StoreError> {
        self.readers.read(move |c| straight(queries::roles::list(c, organization, &page))).await
    }

    async fn role(&self, organization: OrganizationId, id: RoleId) -> Result<Option<Role>, StoreError> {
        self.readers.read(move |c| straight(queries::roles::by_id(c, organization, id))).await
    }

    async fn service_accounts(&self, query: ServiceAccountQuery) -> Result<Page<ServiceAccount>, StoreError> {
        self.readers.read(move |c| straight(queries::service_accounts::list(c, &query))).await
    }

    async fn service_account(
        &self,
        organization: OrganizationId,
        id: ServiceAccountId,
    ) -> Result<Option<ServiceAccount>, StoreError> {
        self.readers.read(move |c| straight(queries::service_accounts::by_id(c, organization, id))).await
    }

    async fn keys(&self, query: KeyQuery) -> Result<KeyPage, StoreError> {
        self.readers.read(move |c| in_snapshot(c, |c| straight(queries::key_list::list(c, &query)))).await
    }

    async fn key_glance(&self, query: GlanceQuery) -> Result<KeyGlance, StoreError> {
        self.readers.read(move |c| straight(queries::key_glance::look(c, &query))).await
    }

    async fn key(&self, organization: OrganizationId, id: KeyId) -> Result<Option<KeyListing>, StoreError> {
        self.readers.read(move |c| straight(queries::keys::by_id(c, organization, id))).await
    }

    async fn key_by_number(
        &self,
        organization: OrganizationId,
        number: i64,
    ) -> Result<Option<KeyListing>, StoreError> {
        self.readers.read(move |c| straight(queries::keys::by_number(c, organization, number))).await
    }

    async fn count_keys_in_force(
        &self,
        organization: OrganizationId,
        owner: KeyOwner,
        at: Timestamp,
        at_most: u32,
    ) -> Result<u64, StoreError> {
        let count =
            move |c: &mut _| straight(queries::keys::count_in_force(c, organization, owner, at, at_most));
        self.readers.read(count).await
    }

    async fn key_secrets(&self, id: KeyId) -> Result<Vec<KeySecret>, StoreError> {
        self.readers.read(move |c| Ok(straight(secrets::of_key(c, id))?)).await
    }

    async fn credit_lot(&self, id: CreditLotId) -> Result<Option<u64>, StoreError> {
        self.readers.read(move |c| Ok(straight(credits::lot(c, id))?)).await
    }

    async fn audit_events(&self, query: AuditQuery) -> Result<Page<AuditEvent>, StoreError> {
        self.readers.read(move |c| straight(queries::audit_events::list(c, &query))).await
    }

    async fn idempotency(&self, digest: Digest) -> Result<Option<IdempotencyRecord>, StoreError> {
        self.readers.read(move |c| Ok(straight(idempotency::find(c, &digest))?)).await
    }

    async fn signing_keys(&self) -> Result<Vec<SealedSigningKey>, StoreError> {
        self.readers.read(|c| Ok(straight(signing_keys::all(c))?)).await
    }

    async fn session(&self, digest: Digest) -> Result<Option<Session>, StoreError> {
        self.readers.read(move |c| Ok(straight(sessions::find(c, &digest))?)).await
    }

    async fn sessions_of(&self, user: UserId, limit: u32) -> Result<Vec<Session>, StoreError> {
        self.readers.read(move |c| Ok(straight(sessions::of_user(c, user, limit))?)).await
    }

    async fn session_by_id(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.readers.read(move |c| Ok(straight(sessions::by_id(c, id))?)).await
    }

    async fn portal_session(&self, id: PortalSessionId) -> Result<Option<PortalSession>, StoreError> {
        self.readers.read(move |c| Ok(straight(portal_sessions::find(c, id))?)).await
    }

    async fn portal_sessions(&self, query: PortalSessionQuery) -> Result<Page<PortalSession>, StoreError> {
        self.readers.read(move |c| straight(queries::portal_sessions::list(c, &query))).await
    }

    async fn identity(&self, issuer: &str, subject: &str) -> Result<Option<LinkedIdentity>, StoreError> {
        let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
        self.readers.read(move |c| Ok(straight(identities::find(c, &issuer, &subject))?)).await
    }

    async fn identities_of(&self, user: UserId) -> Result<Vec<LinkedIdentity>, StoreError> {
        self.readers.read(move |c| Ok(straight(identities::of_user(c, user))?)).await
    }

    async fn link_token(&self, digest: Digest) -> Result<Option<LinkToken>, StoreError> {
        self.readers.read(move |c| Ok(straight(link_tokens::find(c, &digest))?)).await
    }
}
