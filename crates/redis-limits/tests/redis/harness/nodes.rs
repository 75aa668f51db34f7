//! Two engines on one store, as two nodes of a cluster would be, that count their limits in one Redis.

use std::sync::Arc;
use std::time::Duration;

use keywright_domain::{OrganizationId, Pepper, PresentedKey, RateLimit};
use keywright_engine::{
    Engine, EngineParts, EngineSettings, Error, KeyDraft, Origin, ServiceAccountDraft, SystemClock,
    SystemRandom, Verdict, VerifyRequest,
};
use keywright_redis::{RedisLimits, RedisUrl};
use keywright_store::sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::eventually;

pub(crate) struct Nodes {
    /// Where keys are made.
    parts: EngineParts,
    root_key: String,
    organization: OrganizationId,
    pub(crate) engines: Vec<Arc<Engine>>,
    _directory: TempDir,
}

/// What became of many uses.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) valid: u32,
    pub(crate) limited: u32,
}

pub(crate) fn limit(name: &str, limit: u32, window_seconds: u32) -> RateLimit {
    RateLimit { name: name.to_owned(), limit, window_seconds }
}

impl Nodes {
    /// Two nodes without engines yet, and keys that both will know: `make_keys` says what limits each has, and what limits
    /// their owner has.
    pub(crate) async fn new(of_owner: &[RateLimit], of_keys: &[Vec<RateLimit>]) -> (Self, Vec<Arc<str>>) {
        let directory = tempfile::tempdir().unwrap();
        let parts = EngineParts {
            store: Arc::new(SqliteStore::open(directory.path().join("keywright.db")).unwrap()),
            pepper: Pepper::new([7; 32]),
            clock: Arc::new(SystemClock::default()),
            random: Arc::new(SystemRandom),
            shared_limits: None,
            settings: EngineSettings::default(),
        };
        let mut root_key = String::new();
        let engine = Engine::start(parts.clone(), |first| {
            first.root_key.expose().clone_into(&mut root_key);
            Ok(())
        });
        let engine = engine.await.unwrap();
        let root = engine.authenticate_key(PresentedKey::new(&root_key), None, Origin::default()).unwrap();
        let account = ServiceAccountDraft {
            name: Some("limited".to_owned()),
            permissions: Some(vec!["all".to_owned()]),
            rate_limits: Some(of_owner.to_vec()),
            ..ServiceAccountDraft::default()
        };
        let account = engine.create_service_account(&root, account).await.unwrap();
        let mut keys = Vec::new();
        for limits in of_keys {
            let draft = KeyDraft {
                name: Some("limited".to_owned()),
                service_account: Some(account.id.to_string()),
                rate_limits: Some(limits.clone()),
                ..KeyDraft::default()
            };
            let issued = engine.create_key(&root, draft).await.unwrap();
            keys.push(issued.secret.unwrap().expose().into());
        }
        let organization = root.organization_id();
        engine.stop().await;
        (Self { parts, root_key, organization, engines: Vec::new(), _directory: directory }, keys)
    }

    /// Starts both engines.
    pub(crate) async fn start(mut self, urls: &[RedisUrl], time_limit: Duration) -> Self {
        for _ in 0..2 {
            let limits = RedisLimits::new(urls.to_vec(), time_limit);
            let parts = EngineParts { shared_limits: Some(Arc::new(limits)), ..self.parts.clone() };
            self.engines.push(Engine::start(parts, |_| panic!("it is no first start")).await.unwrap());
        }
        assert!(!self.root_key.is_empty());
        self
    }

    pub(crate) async fn verdict(&self, node: usize, key: &str) -> Result<Verdict, Error> {
        self.engines[node].check(self.organization, &VerifyRequest::of(PresentedKey::new(key))).await
    }

    /// 128 callers, half of them at each node, that use the keys in turn, each so often. None may fail.
    pub(crate) async fn storm(self: &Arc<Self>, keys: &[Arc<str>], uses: u32) -> Outcome {
        let mut callers = JoinSet::new();
        for caller in 0..128 {
            let (nodes, key) = (Arc::clone(self), Arc::clone(&keys[caller / 2 % keys.len()]));
            callers.spawn(async move {
                let mut outcome = Outcome::default();
                for _ in 0..uses {
                    let verdict = nodes.verdict(caller % 2, &key).await.unwrap();
                    match verdict.code {
                        "VALID" => outcome.valid += 1,
                        "RATE_LIMITED" => outcome.limited += 1,
                        other => panic!("{other}"),
                    }
                }
                outcome
            });
        }
        let each = callers.join_all().await;
        each.into_iter().fold(Outcome::default(), |sum, one| Outcome {
            valid: sum.valid + one.valid,
            limited: sum.limited + one.limited,
        })
    }

    pub(crate) fn fallbacks(&self) -> u64 {
        self.engines.iter().map(|engine| engine.counters().limit_fallbacks()).sum()
    }

    /// Whether each node counts together with the others now.
    pub(crate) fn shared(&self) -> Vec<Option<bool>> {
        self.engines.iter().map(|engine| engine.facts().shared_limits).collect()
    }

    pub(crate) async fn wait_until_shared(&self) {
        eventually("both nodes count in Redis", async || self.shared() == [Some(true); 2]).await;
    }
}
