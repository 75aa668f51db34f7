//! Starting and stopping.

use std::sync::Arc;
use std::time::Duration;

use keywright_domain::{
    IpAllowlist, KeyId, KeyPrefix, MemberRole, OrganizationId, Pepper, Permission, PlaintextKey, UserId,
    VerbSet,
};
use keywright_store::{
    AuditedCommand, Batch, Command, KeyOwner, KeyQuery, KeyRecord, KeySecret, KeySelector, LinkPurpose,
    LinkToken, Member, Organization, PageRequest, Revision, Store, StoreError, StoredGrants, User,
};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::Engine;
use crate::change::Act;
use crate::clock::Clock;
use crate::counters::Counters;
use crate::follower::Follower;
use crate::people::Passwords;
use crate::random::{Random, draw, new_id, new_number};
use crate::recent_secrets::RecentSecrets;
use crate::secret::{LINK, SecretToken};
use crate::throttle::Throttle;
use crate::uses::UseLog;
use crate::writer::Writer;

/// The name of the first organization; its number is 1.
const FIRST_ORGANIZATION: &str = "default";
/// The name of the built-in user that owns root keys.
const ROOT_USER: &str = "root";
/// The name of root keys.
const ROOT_KEY: &str = "root key";
/// How long the set-up link lasts.
const SET_UP_LASTS: Duration = Duration::from_hours(7 * 24);
/// How often last uses are written: they show within 5 s.
const FLUSH_EVERY: Duration = Duration::from_secs(2);
/// How often what is old is forgotten.
const PRUNE_EVERY: Duration = Duration::from_mins(1);
/// What an idempotency record and a batch's id are kept for: their 24 h, and room for clocks that differ.
const KEEP_RECORDS: Duration = Duration::from_hours(25);

/// What an engine is made of.
#[derive(Clone)]
pub struct EngineParts {
    /// Where everything lasts.
    pub store: Arc<dyn Store>,
    /// What digests depend on.
    pub pepper: Pepper,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub random: Arc<dyn Random>,
}

/// What the first start makes and tells, once.
#[derive(Debug)]
pub struct FirstStart {
    /// A key with `all`.
    pub root_key: PlaintextKey,
    /// What the set-up link ends with.
    pub setup_token: SecretToken,
}

/// Why an engine does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The pepper is not the one that the store's digests were made with.
    #[error(
        "the pepper is not the one that this database was made with, so no key would be recognized; \
         give the right one (--pepper-file), or restore it from its backup"
    )]
    WrongPepper,
    /// The first secrets could not be handed over, so nothing was made.
    #[error("the first secrets could not be handed over, so nothing was initialized: {0}")]
    NotDelivered(#[source] std::io::Error),
    /// The store holds no first organization or no root user.
    #[error("the database was never initialized: start the server once first")]
    NeverStarted,
    /// The store refused what a first start or a reset needs.
    #[error("the database refused what is needed: {0}")]
    Refused(keywright_store::Refusal),
}

/// What a reset of the root key did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResetSummary {
    /// Root keys that were revoked.
    pub revoked: u64,
}

/// Facts about a running engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineFacts {
    /// Organizations that are not closed.
    pub organizations: usize,
    /// Secrets that can be looked up: keys, revoked ones and replaced secrets included.
    pub keys: usize,
    /// The last revision that is in force here.
    pub applied_revision: i64,
    /// Last uses that were dropped because the store did not take earlier ones for too long.
    pub dropped_uses: u64,
}

impl Engine {
    /// Starts an engine: checks the pepper, initializes an empty store, loads the index, and keeps it up to date.
    ///
    /// `deliver` is called only for an empty store, before anything is committed: if it fails, nothing is made.
    pub async fn start(
        parts: EngineParts,
        deliver: impl FnOnce(&FirstStart) -> std::io::Result<()> + Send,
    ) -> Result<Arc<Self>, StartError> {
        check_pepper(&parts).await?;
        if parts.store.is_empty().await? {
            initialize(&parts, deliver).await?;
        }
        let EngineParts { store, pepper, clock, random } = parts;
        let follower = Follower::load(Arc::clone(&store)).await?;
        let counters = Arc::new(Counters::default());
        let committed = Arc::new(Notify::new());
        let (writer, writer_task) = Writer::start(
            Arc::clone(&store),
            (Arc::clone(&clock), Arc::clone(&random)),
            Arc::clone(&counters),
            Arc::clone(&committed),
        );
        let engine = Arc::new(Self {
            index: follower.index(),
            applied: follower.applied(),
            writer: Mutex::new(Some(writer)),
            uses: Arc::new(UseLog::default()),
            recent_secrets: RecentSecrets::default(),
            throttle: Throttle::new(Arc::clone(&counters)),
            counters,
            passwords: Passwords::default(),
            set_up_lock: tokio::sync::Mutex::default(),
            tasks: Mutex::default(),
            writer_task: Mutex::new(Some(writer_task)),
            store,
            pepper,
            clock,
            random,
        });
        let chores = Arc::downgrade(&engine);
        let mut tasks = vec![tokio::spawn(follower.run(committed))];
        tasks.push(tokio::spawn(repeat(FLUSH_EVERY, chores.clone(), |engine| async move {
            if let Err(error) = engine.uses.flush(engine.store.as_ref()).await {
                tracing::error!(%error, "last uses could not be written; they are kept for the next time");
            }
        })));
        tasks.push(tokio::spawn(repeat(PRUNE_EVERY, chores, |engine| async move { engine.prune().await })));
        *engine.tasks.lock() = tasks;
        Ok(engine)
    }

    /// Whether it is loaded and takes requests. (It is from the moment it is started until it is stopped.)
    pub fn is_ready(&self) -> bool {
        self.writer.lock().is_some()
    }

    /// Facts for metrics and the operator.
    pub fn facts(&self) -> EngineFacts {
        let index = self.index();
        EngineFacts {
            organizations: index.open_organizations().len(),
            keys: index.secret_count(),
            applied_revision: self.applied.borrow().0,
            dropped_uses: self.uses.dropped(),
        }
    }

    /// Stops: what was handed to the writer is written, last uses too.
    pub async fn stop(&self) {
        drop(self.writer.lock().take());
        let writer_task = self.writer_task.lock().take();
        if let Some(task) = writer_task {
            let _ = task.await;
        }
        for task in self.tasks.lock().drain(..) {
            task.abort();
        }
        if let Err(error) = self.uses.flush(self.store.as_ref()).await {
            tracing::error!(%error, "the last uses could not be written");
        }
    }

    async fn prune(&self) {
        let now = self.now();
        self.recent_secrets.drop_old(now);
        let applied = *self.applied.borrow();
        if let Err(error) = self.store.prune(applied, now.minus(KEEP_RECORDS)).await {
            tracing::error!(%error, "old records could not be pruned");
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        for task in self.tasks.lock().drain(..) {
            task.abort();
        }
    }
}

async fn repeat<F: Future<Output = ()>>(
    every: Duration,
    engine: std::sync::Weak<Engine>,
    work: impl Fn(Arc<Engine>) -> F,
) {
    loop {
        tokio::time::sleep(every).await;
        let Some(engine) = engine.upgrade() else { return };
        work(engine).await;
    }
}

/// Makes another root key and revokes the earlier ones, with no engine running on the store.
pub async fn reset_root_key(
    parts: EngineParts,
    deliver: impl FnOnce(&PlaintextKey) -> std::io::Result<()> + Send,
) -> Result<ResetSummary, StartError> {
    check_pepper(&parts).await?;
    let organization = parts.store.organization_by_number(1).await?.ok_or(StartError::NeverStarted)?;
    let earlier = root_keys(&parts, organization.id).await?;
    let Some(root) = earlier.first().map(|key| key.owner) else { return Err(StartError::NeverStarted) };
    let (key, secret, plaintext) = root_key(&parts, organization.id, root, &organization.key_prefix);
    deliver(&plaintext).map_err(StartError::NotDelivered)?;
    let live: Vec<KeyId> = earlier.iter().filter(|key| key.revoked_at.is_none()).map(|key| key.id).collect();
    let revoked = live.len() as u64;
    let which = KeySelector { ids: Some(live), ..KeySelector::default() };
    let made = key.id.uuid();
    let commands = vec![
        Command::RevokeKeys { organization: organization.id, which },
        Command::CreateKey { key, secret },
    ];
    let act = Act::new("rootKey.reset", "apiKey", made).with("revoked", revoked);
    commit(&parts, organization.id, &act, commands).await?;
    Ok(ResetSummary { revoked })
}

/// Root keys: what the server itself made for the root user.
async fn root_keys(parts: &EngineParts, organization: OrganizationId) -> Result<Vec<KeyRecord>, StoreError> {
    let mut found = Vec::new();
    let mut page = PageRequest { limit: 1000, offset: 0, after: None };
    loop {
        let query = KeyQuery {
            organization,
            owner: None,
            status: None,
            live_only: false,
            external_id: None,
            text: Some(ROOT_KEY.to_owned()),
            page: page.clone(),
        };
        let read = parts.store.keys(query).await?;
        found
            .extend(read.items.into_iter().map(|listing| listing.key).filter(|key| key.created_by.is_none()));
        match read.next {
            Some(after) => page.after = Some(after),
            None => return Ok(found),
        }
    }
}

async fn check_pepper(parts: &EngineParts) -> Result<(), StartError> {
    let check = parts.pepper.check_value();
    match parts.store.pepper_check(Some(check)).await? {
        Some(stored) if constant_time_eq::constant_time_eq(&stored, &check) => Ok(()),
        _ => Err(StartError::WrongPepper),
    }
}

async fn initialize(
    parts: &EngineParts,
    deliver: impl FnOnce(&FirstStart) -> std::io::Result<()> + Send,
) -> Result<(), StartError> {
    let now = parts.clock.now();
    let random = parts.random.as_ref();
    let organization = Organization {
        id: new_id(random, now),
        number: 1,
        slug: FIRST_ORGANIZATION.to_owned(),
        name: FIRST_ORGANIZATION.to_owned(),
        description: None,
        key_prefix: KeyPrefix::standard(),
        default_expiry_seconds: None,
        max_expiry_seconds: None,
        catalogue_closed: false,
        created_by: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
        revision: Revision::ZERO,
    };
    let root: UserId = new_id(random, now);
    let user = User {
        id: root,
        email: None,
        name: ROOT_USER.to_owned(),
        password_hash: None,
        must_change_password: false,
        created_at: now,
        updated_at: now,
        revision: Revision::ZERO,
    };
    let member = Member {
        id: new_id(random, now),
        organization: organization.id,
        user: root,
        user_email: None,
        user_name: ROOT_USER.to_owned(),
        role: MemberRole::Owner,
        invited_by: None,
        accepted_at: Some(now),
        created_at: now,
        updated_at: now,
        revision: Revision::ZERO,
    };
    let (key, secret, root_key) =
        root_key(parts, organization.id, KeyOwner::User(root), &organization.key_prefix);
    let setup_token = SecretToken::generate(random);
    let link = LinkToken {
        id: new_id(random, now),
        digest: parts.pepper.digest_token(LINK, setup_token.expose()),
        purpose: LinkPurpose::SetUp,
        organization: organization.id,
        created_at: now,
        expires_at: now.plus(SET_UP_LASTS),
        used_at: None,
    };
    deliver(&FirstStart { root_key, setup_token }).map_err(StartError::NotDelivered)?;
    let id = organization.id;
    let commands = vec![
        Command::CreateOrganization(organization),
        Command::CreateUser(user),
        Command::CreateMember(member),
        Command::CreateKey { key, secret },
        Command::CreateLinkToken(link),
    ];
    commit(parts, id, &Act::new("server.initialize", "organization", id.uuid()), commands).await
}

fn root_key(
    parts: &EngineParts,
    organization: OrganizationId,
    owner: KeyOwner,
    prefix: &KeyPrefix,
) -> (KeyRecord, KeySecret, PlaintextKey) {
    let now = parts.clock.now();
    let random = parts.random.as_ref();
    let plaintext = PlaintextKey::generate(prefix, draw(random));
    let all: Permission = "all".parse().expect("`all` is a permission");
    let key = KeyRecord {
        id: new_id(random, now),
        number: new_number(random),
        organization,
        owner,
        name: ROOT_KEY.to_owned(),
        description: Some("Made by the server itself; may do everything in this organization.".to_owned()),
        grants: StoredGrants::Listed(vec![all]),
        verbs: VerbSet::ALL,
        roles: Vec::new(),
        external_id: None,
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
    };
    let secret = KeySecret {
        digest: parts.pepper.digest(plaintext.as_presented()),
        key_prefix: Some(prefix.clone()),
        shown_prefix: Some(plaintext.shown_prefix()),
        created_at: now,
        superseded_at: None,
    };
    (key, secret, plaintext)
}

/// Commits commands of the server itself, all or none.
async fn commit(
    parts: &EngineParts,
    organization: OrganizationId,
    act: &Act,
    commands: Vec<Command>,
) -> Result<(), StartError> {
    let now = parts.clock.now();
    let event = crate::change::system_event(new_id(parts.random.as_ref(), now), now, organization, act);
    let command = AuditedCommand { command: Command::All(commands), audit: vec![event], idempotency: None };
    let batch = Batch { id: new_id(parts.random.as_ref(), now), now, commands: vec![command] };
    let outcome = parts.store.commit(batch).await?;
    outcome.outcomes.into_iter().try_for_each(|outcome| outcome.map(drop).map_err(StartError::Refused))
}
