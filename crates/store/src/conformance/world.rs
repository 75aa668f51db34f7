//! A small world to act in: constructed times, counted ids, and shorthands for what every case needs.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use keywright_domain::{
    Digest, Id, IpAllowlist, KeyId, KeyPrefix, MemberRole, OrganizationId, RateLimit, Timestamp, UserId,
    Verb, VerbSet,
};

use crate::{
    ActorKind, Applied, AuditEvent, AuditedCommand, Batch, BatchOutcome, Command, DeclaredPermission,
    IdempotencyRecord, KeyListing, KeyOwner, KeyRecord, KeySecret, LinkPurpose, LinkToken, Member,
    Organization, PageRequest, Refusal, Revision, Role, SealedSigningKey, ServiceAccount, Session, Store,
    StoredGrants, User,
};

/// What a case has made up so far, and the store that it acts on.
pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    counted: AtomicU64,
}

/// The time at which everything happens that needs no other.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A time `seconds` after [`NOW`].
pub(crate) const fn later(seconds: i64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() + seconds * 1000)
}

/// A first page that holds everything that a case makes.
pub(crate) const ALL: PageRequest = PageRequest { limit: 1000, offset: 0, after: None };

impl World {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self::counting_from(store, 0)
    }

    /// A world whose numbers and ids are not those of another that acted on the store before.
    pub(crate) fn counting_from(store: Arc<dyn Store>, start: u64) -> Self {
        Self { store, counted: AtomicU64::new(start) }
    }

    /// A number that was not given before; numbers rise.
    pub(crate) fn count(&self) -> u64 {
        self.counted.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn number(&self) -> i64 {
        i64::try_from(self.count()).unwrap()
    }

    /// An id that is greater than those given before.
    pub(crate) fn id<Kind>(&self) -> Id<Kind> {
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.count().to_be_bytes());
        Id::new(NOW, &random)
    }

    pub(crate) fn digest(&self) -> Digest {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&self.count().to_be_bytes());
        Digest::from_bytes(bytes)
    }

    /// Carries out a batch of plain commands at a time.
    pub(crate) async fn batch_at(&self, now: Timestamp, commands: Vec<Command>) -> BatchOutcome {
        let commands = commands.into_iter().map(plain).collect();
        self.store.commit(Batch { id: self.id(), now, commands }).await.unwrap()
    }

    pub(crate) async fn batch(&self, commands: Vec<Command>) -> BatchOutcome {
        self.batch_at(NOW, commands).await
    }

    /// What one command comes to.
    pub(crate) async fn one_at(&self, now: Timestamp, command: Command) -> Result<Applied, Refusal> {
        self.batch_at(now, vec![command]).await.outcomes.remove(0)
    }

    pub(crate) async fn one(&self, command: Command) -> Result<Applied, Refusal> {
        self.one_at(NOW, command).await
    }

    /// Carries out one command that must not be refused; the revision that it took.
    pub(crate) async fn done(&self, command: Command) -> Option<Revision> {
        let outcome = self.batch(vec![command]).await;
        assert!(outcome.outcomes[0].is_ok(), "{:?}", outcome.outcomes);
        outcome.revision
    }

    /// What one command with its audit event and its idempotency record comes to.
    pub(crate) async fn audited(&self, audited: AuditedCommand) -> Result<Applied, Refusal> {
        let batch = Batch { id: self.id(), now: NOW, commands: vec![audited] };
        self.store.commit(batch).await.unwrap().outcomes.remove(0)
    }

    pub(crate) fn organization(&self) -> Organization {
        let number = self.number();
        let (slug, name) = (format!("org-{number}"), format!("Organization {number}"));
        Organization {
            max_expiry_seconds: Some(86_400),
            tokens_for_restricted_keys: true,
            created_by: Some(self.id::<()>().uuid()),
            ..Organization::new(self.id(), number, slug, name, NOW)
        }
    }

    pub(crate) fn permission(name: &str, verb: Verb) -> DeclaredPermission {
        DeclaredPermission {
            name: name.to_owned(),
            verb,
            description: format!("May {name}"),
            created_at: NOW,
            updated_at: NOW,
            revision: Revision::ZERO,
        }
    }

    pub(crate) fn user(&self) -> User {
        let number = self.count();
        User {
            id: self.id(),
            email: Some(format!("person{number}@example.com")),
            name: format!("Person {number}"),
            password_hash: Some("$argon2id$not-a-real-one".to_owned()),
            must_change_password: true,
            should_change_password: true,
            is_onboarded: false,
            created_at: NOW,
            updated_at: NOW,
            revision: Revision::ZERO,
        }
    }

    /// An accepted membership.
    pub(crate) fn member(&self, organization: OrganizationId, user: &User, role: MemberRole) -> Member {
        Member {
            id: self.id(),
            organization,
            user: user.id,
            user_email: user.email.clone(),
            user_name: user.name.clone(),
            role,
            rate_limits: vec![rate_limit(100)],
            invited_by: Some(self.id::<()>().uuid()),
            accepted_at: Some(NOW),
            created_at: NOW,
            updated_at: NOW,
            revision: Revision::ZERO,
        }
    }

    pub(crate) fn role(&self, organization: OrganizationId, name: &str) -> Role {
        Role {
            id: self.id(),
            organization,
            name: name.to_owned(),
            description: Some("For tests".to_owned()),
            permissions: vec!["asset.read".parse().unwrap(), "album:*".parse().unwrap()],
            created_by: Some(self.id::<()>().uuid()),
            created_at: NOW,
            updated_at: NOW,
            revision: Revision::ZERO,
        }
    }

    pub(crate) fn service_account(&self, organization: OrganizationId) -> ServiceAccount {
        ServiceAccount {
            id: self.id(),
            organization,
            name: format!("account {}", self.count()),
            description: None,
            permissions: vec!["all".parse().unwrap()],
            rate_limits: vec![rate_limit(100)],
            disabled_at: None,
            deleted_at: None,
            created_by: None,
            created_at: NOW,
            updated_at: NOW,
            revision: Revision::ZERO,
        }
    }

    pub(crate) fn key(&self, organization: OrganizationId, owner: KeyOwner) -> KeyRecord {
        let number = self.number();
        KeyRecord {
            id: self.id(),
            number,
            organization,
            owner,
            name: format!("key {number}"),
            description: None,
            grants: StoredGrants::Owner,
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
            created_at: NOW,
            updated_at: NOW,
            revision: Revision::ZERO,
        }
    }

    pub(crate) fn secret(&self) -> KeySecret {
        let number = self.count();
        KeySecret {
            digest: self.digest(),
            key_prefix: Some(KeyPrefix::standard()),
            shown_prefix: Some(format!("kw_Ab{number:06}")),
            created_at: NOW,
            superseded_at: None,
        }
    }

    pub(crate) fn session(&self, user: UserId) -> Session {
        Session {
            id: self.id(),
            digest: self.digest(),
            user,
            created_at: NOW,
            expires_at: later(3600),
            last_seen_at: None,
            address: Some(address("2001:db8::7")),
            agent: Some("a browser".to_owned()),
        }
    }

    pub(crate) fn link(&self, organization: OrganizationId, purpose: LinkPurpose) -> LinkToken {
        LinkToken {
            id: self.id(),
            digest: self.digest(),
            purpose,
            organization,
            created_at: NOW,
            expires_at: later(3600),
            used_at: None,
        }
    }

    pub(crate) fn event(&self, organization: OrganizationId, action: &str) -> AuditEvent {
        AuditEvent {
            id: self.id(),
            organization,
            at: NOW,
            actor_kind: ActorKind::System,
            actor: None,
            key: None,
            action: action.to_owned(),
            target_kind: "apiKey".to_owned(),
            target: Some(self.id::<()>().uuid()),
            refused: None,
            address: Some(address("192.0.2.1")),
            agent: None,
            request_id: Some("request-1".to_owned()),
            details: serde_json::Map::new(),
        }
    }

    /// A signing key; its halves are no real ones.
    pub(crate) fn signing_key(position: i64) -> SealedSigningKey {
        let byte = u8::try_from(position).unwrap();
        SealedSigningKey {
            position,
            public: [byte; 32],
            sealed: vec![byte; 72],
            created_at: NOW,
            signs_from: later(3600),
            revision: Revision::ZERO,
        }
    }

    pub(crate) fn answer(&self, created_at: Timestamp) -> IdempotencyRecord {
        IdempotencyRecord {
            digest: self.digest(),
            body: self.digest(),
            answer: r#"{"id":"x"}"#.to_owned(),
            created_at,
        }
    }

    /// An organization that is in the store.
    pub(crate) async fn add_organization(&self) -> Organization {
        let mut row = self.organization();
        row.revision = self.done(Command::CreateOrganization(row.clone())).await.unwrap();
        row
    }

    /// A person who is in the store.
    pub(crate) async fn add_user(&self) -> User {
        let mut row = self.user();
        row.revision = self.done(Command::CreateUser(row.clone())).await.unwrap();
        row
    }

    /// A person who is in the store and an accepted member.
    pub(crate) async fn add_member(&self, organization: OrganizationId, role: MemberRole) -> Member {
        let user = self.add_user().await;
        let mut row = self.member(organization, &user, role);
        row.revision = self.done(Command::CreateMember(row.clone())).await.unwrap();
        row
    }

    /// A service account that is in the store.
    pub(crate) async fn add_service_account(&self, organization: OrganizationId) -> ServiceAccount {
        let mut row = self.service_account(organization);
        row.revision = self.done(Command::CreateServiceAccount(row.clone())).await.unwrap();
        row
    }

    /// Puts a key into the store; what it is then.
    pub(crate) async fn add(&self, mut key: KeyRecord) -> KeyRecord {
        let secret = self.secret();
        key.revision = self.done(Command::CreateKey { key: key.clone(), secret }).await.unwrap();
        key
    }

    /// A key that is in the store.
    pub(crate) async fn add_key(&self, organization: OrganizationId, owner: KeyOwner) -> KeyRecord {
        self.add(self.key(organization, owner)).await
    }

    /// An organization with a service account, to make keys for.
    pub(crate) async fn add_owner(&self) -> (OrganizationId, KeyOwner) {
        let organization = self.add_organization().await.id;
        let account = self.add_service_account(organization).await;
        (organization, KeyOwner::ServiceAccount(account.id))
    }

    /// A key that must be in the store.
    pub(crate) async fn stored(&self, key: &KeyRecord) -> KeyListing {
        self.store.key(key.organization, key.id).await.unwrap().expect("the key is stored")
    }

    /// Whether a key is revoked.
    pub(crate) async fn is_revoked(&self, key: &KeyRecord) -> bool {
        self.stored(key).await.key.revoked_at.is_some()
    }

    /// The actions in an organization's audit log, newest first.
    pub(crate) async fn audited_actions(&self, organization: OrganizationId) -> Vec<String> {
        let page = self.store.audit_events(audit_query(organization)).await.unwrap();
        page.items.into_iter().map(|event| event.action).collect()
    }

    /// The revision that was taken last, found by taking another one.
    pub(crate) async fn revision(&self) -> Revision {
        let row = self.user();
        self.done(Command::CreateUser(row)).await.unwrap()
    }
}

/// Every audit event of an organization.
pub(crate) fn audit_query(organization: OrganizationId) -> crate::AuditQuery {
    crate::AuditQuery {
        organization,
        action: None,
        user: None,
        service_account: None,
        key: None,
        target: None,
        since: None,
        until: None,
        page: ALL,
    }
}

/// Every key of an organization.
pub(crate) fn key_query(organization: OrganizationId) -> crate::KeyQuery {
    crate::KeyQuery::every(organization, ALL)
}

/// A command with nothing beside it.
pub(crate) fn plain(command: Command) -> AuditedCommand {
    AuditedCommand { command, audit: Vec::new(), idempotency: None }
}

pub(crate) fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// An id that names nothing.
pub(crate) fn nobody<Kind>() -> Id<Kind> {
    Id::new(Timestamp::from_millis(1), &[9; 10])
}

/// The ids of keys, in their order.
pub(crate) fn key_ids(listings: &[KeyListing]) -> Vec<KeyId> {
    listings.iter().map(|listing| listing.key.id).collect()
}

pub(crate) fn rate_limit(limit: u32) -> RateLimit {
    RateLimit { name: "default".to_owned(), limit, window_seconds: 60 }
}
