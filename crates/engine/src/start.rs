//! Starting and stopping.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use keywright_domain::{Pepper, PlaintextKey, Timestamp};
use keywright_store::{Store, StoreError};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::Engine;
use crate::browser::KEPT_BY_BROWSERS;
use crate::clock::Clock;
use crate::counters::Counters;
use crate::credits::{Lots, void_lots_of_others};
use crate::first_start::initialize;
use crate::follower::Follower;
use crate::limits::{Limits, SharedLimits};
use crate::people::Passwords;
use crate::random::{Random, RequestIds, new_id};
use crate::recent_secrets::RecentSecrets;
use crate::secret::SecretToken;
use crate::signing::{Seal, Signing, ensure_one};
use crate::throttle::Throttle;
use crate::tokens::HANDLES;
use crate::uses::Uses;
use crate::writer::Writer;

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
    /// Where rate limits are counted for all nodes together, if anywhere.
    pub shared_limits: Option<Arc<dyn SharedLimits>>,
    /// What the operator set.
    pub settings: EngineSettings,
}

/// What an operator can set of the engine.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// How long entries of the request log are kept. Zero: none are, and none are made.
    pub keep_requests: Duration,
    /// Whether an address that shows many wrong keys is put off with "too many". Where one address stands for everybody,
    /// and whoever asks is trusted, that may be done elsewhere.
    pub slow_wrong_keys_down: bool,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self { keep_requests: Duration::from_hours(7 * 24), slow_wrong_keys_down: true }
    }
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
    /// There is, or was, an owner who can sign in: nobody sets up what is set up.
    #[error(
        "this server is set up already: its owners invite others. If none of them knows their password, make a link for a new \
         one (keywright password-link EMAIL); if none is there any more, make a root key (keywright root-key reset) and \
         invite an owner with it (POST /v1/organizations/{{id}}/members)"
    )]
    AlreadySetUp,
    /// Nobody has the e-mail address.
    #[error("nobody on this server has that e-mail address")]
    NoSuchPerson,
    /// Somebody was invited, and is no member of anything yet, or none any more.
    #[error(
        "this person is a member of no organization: they choose their password by accepting an invitation, so invite them"
    )]
    NotJoined,
    /// There is a signing key already that does not sign yet.
    #[error(
        "another signing key is published already and signs from {0}; to have one sign at once, and the earlier ones \
         forgotten, rotate with --withdraw"
    )]
    NextSigningKeyIsPublished(Timestamp),
    /// The store refused what a first start or a reset needs.
    #[error("the database refused what is needed: {0}")]
    Refused(keywright_store::Refusal),
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
    /// Uses that were not counted, for the same reason.
    pub dropped_usage_counts: u64,
    /// Requests that were not logged because there were too many at a time.
    pub unlogged_requests: u64,
    /// Whether rate limits are counted for all nodes together now; `None` where they never are.
    pub shared_limits: Option<bool>,
    /// What waits to be written.
    pub backlog: Backlog,
}

/// What waits to be written to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Changes, with their audit events, that wait for the writer.
    pub changes: usize,
    /// Last uses of keys.
    pub uses: usize,
    /// Counts of uses, by key, outcome and minute.
    pub counts: usize,
    /// Entries of the request log.
    pub requests: usize,
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
            // Once in a database's life, and much larger than what every start keeps.
            Box::pin(initialize(&parts, deliver)).await?;
        }
        ensure_one(&parts).await?;
        let EngineParts { store, pepper, clock, random, shared_limits, settings } = parts;
        let node = new_id(random.as_ref(), clock.now());
        void_lots_of_others(store.as_ref(), node, clock.as_ref(), random.as_ref()).await?;
        let lots = Arc::new(Lots::default());
        let follower = Follower::load(Arc::clone(&store), Arc::clone(&lots)).await?;
        let counters = Arc::new(Counters::default());
        let limits = Limits::start(shared_limits, Arc::clone(&counters)).await;
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
            is_following: follower.is_following(),
            writer: Mutex::new(Some(writer)),
            uses: Uses::new(settings.keep_requests),
            recent_secrets: RecentSecrets::default(),
            lots,
            node,
            limits,
            throttle: Throttle::new(Arc::clone(&counters), settings.slow_wrong_keys_down),
            counters,
            passwords: Passwords::default(),
            signing: Signing::new(&pepper),
            handles: Seal::new(&pepper.derive(HANDLES)),
            kept_by_browsers: Seal::new(&pepper.derive(KEPT_BY_BROWSERS)),
            tasks: Mutex::default(),
            writer_task: Mutex::new(Some(writer_task)),
            store,
            pepper,
            clock,
            request_ids: RequestIds::new(random.as_ref()),
            random,
        });
        let chores = Arc::downgrade(&engine);
        let mut tasks = vec![tokio::spawn(follower.run(committed))];
        tasks.push(tokio::spawn(write_uses_behind(chores.clone())));
        tasks.push(tokio::spawn(repeat(PRUNE_EVERY, chores, |engine| async move { engine.prune().await })));
        tasks.extend(engine.limits.keep_reaching().map(tokio::spawn));
        *engine.tasks.lock() = tasks;
        Ok(engine)
    }

    /// Whether it takes requests and follows the store: from its start until it is stopped, but for times when changes
    /// cannot be read, in which it would not learn of a revocation elsewhere.
    pub fn is_ready(&self) -> bool {
        self.is_following.load(Ordering::Acquire) && self.writer.lock().is_some()
    }

    /// Facts for metrics and the operator.
    pub fn facts(&self) -> EngineFacts {
        let index = self.index();
        EngineFacts {
            organizations: index.open_organizations().len(),
            keys: index.secret_count(),
            applied_revision: self.applied.borrow().0,
            dropped_uses: self.uses.dropped_last(),
            dropped_usage_counts: self.uses.dropped_counts(),
            unlogged_requests: self.uses.unlogged_requests(),
            shared_limits: self.limits.are_shared(),
            backlog: self.backlog(),
        }
    }

    fn backlog(&self) -> Backlog {
        let [uses, counts, requests] = self.uses.waiting();
        Backlog { changes: self.writer.lock().as_ref().map_or(0, Writer::waiting), uses, counts, requests }
    }

    /// Stops: credits that are in reserve are given back, what was handed to the writer is written, and what was gathered
    /// of uses of keys.
    pub async fn stop(&self) {
        // While there is still a writer to give them back to.
        self.give_back_all_credits().await;
        drop(self.writer.lock().take());
        let writer_task = self.writer_task.lock().take();
        if let Some(task) = writer_task {
            let _ = task.await;
        }
        // A write of uses that is under way is let finish: it has taken them out already.
        let nobody_writes = self.uses.writing().await;
        for task in self.tasks.lock().drain(..) {
            task.abort();
        }
        drop(nobody_writes);
        if let Err(error) = self.write_uses().await {
            tracing::error!(%error, "the last uses of keys could not be written");
        }
    }

    async fn prune(&self) {
        let now = self.now();
        self.recent_secrets.drop_old(now);
        self.limits.forget_passed(now);
        self.give_back_idle_credits().await;
        let applied = *self.applied.borrow();
        if let Err(error) = self.store.prune(applied, now.minus(KEEP_RECORDS)).await {
            tracing::error!(%error, "old records could not be pruned");
        }
        if let Err(error) = self.tend_signing_keys().await {
            tracing::error!(%error, "the signing keys could not be seen to");
        }
        if let Err(error) = self.tidy_uses().await {
            tracing::error!(%error, "old uses of keys could not be added up and forgotten");
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

/// Writes uses of keys down as they come.
async fn write_uses_behind(engine: std::sync::Weak<Engine>) {
    let mut rest = Duration::ZERO;
    loop {
        tokio::time::sleep(rest).await;
        let Some(engine) = engine.upgrade() else { return };
        rest = engine.write_some_uses().await;
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

/// Refuses a pepper that the store's digests were not made with.
pub(crate) async fn check_pepper(parts: &EngineParts) -> Result<(), StartError> {
    let check = parts.pepper.check_value();
    match parts.store.pepper_check(Some(check)).await? {
        Some(stored) if constant_time_eq::constant_time_eq(&stored, &check) => Ok(()),
        _ => Err(StartError::WrongPepper),
    }
}
